// BlockReadStats: what a lookup in a block cost, summed by the caller over the blocks that it
// reads. A plain value, one thread at a time.
#pragma once

#include <cstdint>

#include "parquet/read_stats.h"

namespace vivace {

// `footer_bytes` are here those of meta.json and the index too.
struct BlockReadStats : ReadStats {
  uint64_t bloom_bytes = 0;  // once per shard and reader
  uint64_t damaged_extra_files =
      0;  // lookups answered without the block's extra file because that is damaged

  uint64_t bytes() const { return bloom_bytes + ReadStats::bytes(); }
};

}  // namespace vivace
