// Decoding of single rows out of the pages of one leaf, on top of Arrow's page reader and decoders:
// V1 and V2 pages, any encoding and codec that Arrow knows. Pages before the row are skipped
// undecoded where their header has the number of rows.
//
// Functions throw what Arrow throws (and std::runtime_error): wrap them in CatchParquet. Cost: the
// levels and values of the row's page up to the row. Any thread. Inside src/parquet and src/block
// only.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>

#include <memory>
#include <optional>
#include <string_view>

#include "parquet/decode/leaf_slice.h"
#include "parquet/read_stats.h"
#include "parquet/row_group.h"

namespace parquet {
class ColumnDescriptor;
}

namespace vivace {

// Memory for one decoding, bounded by what the chunk's pages may need: a damaged size must not
// become a giant allocation.
class DecodeMemory {
 public:
  explicit DecodeMemory(const ColumnChunk& chunk);
  arrow::MemoryPool* pool() { return &capped_; }

 private:
  arrow::ProxyMemoryPool counted_;
  arrow::CappedMemoryPool capped_;
};

struct LeafPages {
  const parquet::ColumnDescriptor& column;
  const ColumnChunk& chunk;
  std::shared_ptr<arrow::io::InputStream> stream;  // [dictionary page] data pages
};

// Row number `row`, counted from the first of the pages.
LeafSlice DecodeRow(LeafPages pages, uint64_t row, ReadStats& stats);

// All rows of the pages.
LeafSlice DecodeAll(LeafPages pages, ReadStats& stats);

// The number, counted likewise, of the first row whose value is `value`. For a leaf of bytes
// outside of all lists.
std::optional<uint64_t> FindValue(LeafPages pages, std::string_view value, ReadStats& stats);

}  // namespace vivace
