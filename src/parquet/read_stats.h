// ReadStats: what a lookup in a block cost, added up by the caller over as many blocks as it asks. A plain value, one thread at a time.
#pragma once

#include <cstdint>

namespace vivace {

struct ReadStats {
  uint64_t reads = 0;             // requests to the object store
  uint64_t bloom_bytes = 0;       // once per shard and reader
  uint64_t footer_bytes = 0;      // once per reader, with meta.json and index
  uint64_t page_index_bytes = 0;  // once per row group and reader
  uint64_t data_bytes = 0;        // every time
  uint64_t pages = 0;             // data pages decoded
  uint64_t damaged_extras = 0;    // lookups answered without the block's extra file because that is damaged

  uint64_t bytes() const { return bloom_bytes + footer_bytes + page_index_bytes + data_bytes; }
};

}  // namespace vivace
