// ReadStats: what reads of Parquet objects cost, added up by the caller over as many as it asks. A
// plain value, one thread at a time.
#pragma once

#include <cstdint>

#include "parquet/leaf_set.h"

namespace vivace {

struct ReadStats {
  uint64_t reads = 0;  // requests to the object store
  uint64_t footer_bytes =
      0;  // once per reader, with those of the objects that say what is in the file
  uint64_t page_index_bytes = 0;  // once per row group and reader
  uint64_t data_bytes = 0;        // every time
  uint64_t pages = 0;             // data pages decoded
  LeafSet leaves;                 // of which columns of a row group were read (ReadLeaf)

  uint64_t bytes() const { return footer_bytes + page_index_bytes + data_bytes; }
};

}  // namespace vivace
