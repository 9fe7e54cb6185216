// BlockReadStats: what reads of a block's objects cost, and what of them turned out to be damaged
// but can be done without. Added up by the caller over as many reads as it asks. A plain value, one
// thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "parquet/read_stats.h"

namespace vivace {

// `footer_bytes` are here those of meta.json and the index of row groups too.
struct BlockReadStats : ReadStats {
  uint64_t bloom_bytes = 0;  // once per shard and reader
  // Of vivace-index.bin: header and sections once per reader, pages of filters every time.
  uint64_t index_bytes = 0;
  // Lookups answered without the block's extra file because that is damaged; and how, by the last.
  uint64_t damaged_extra_files = 0;
  std::string extra_problem;
  // Indexes found damaged, or of another block, and left aside: each once per reader; and how, by
  // the last.
  uint64_t damaged_indexes = 0;
  std::string index_problem;

  uint64_t bytes() const { return bloom_bytes + index_bytes + ReadStats::bytes(); }
};

}  // namespace vivace
