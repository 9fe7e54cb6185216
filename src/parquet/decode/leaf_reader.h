// ReadLeaf: one leaf of a row group, whole or some of its rows, into LeafData.
//
// With own kernels where the pages are as our writer makes them (zstd, V1), else through Arrow;
// tests compare the two. Cost: the chunk, or the pages that the rows lie in, read once and decoded.
// Functions, any thread. Inside src/parquet and src/block only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/containers/row_set.h"
#include "base/result.h"
#include "parquet/decode/leaf_data.h"
#include "parquet/parquet_file.h"
#include "parquet/read_stats.h"

namespace vivace {

// Which parts of a leaf are read.
enum class LeafParts : uint8_t {
  kAll,
  kValues,  // no levels
  kLevels,  // no values
};

// DATA_LOSS with the column's name where the chunk is damaged.
Result<LeafData> ReadLeaf(const ParquetFile& file, size_t row_group, size_t leaf, ReadStats& stats,
                          LeafParts parts = LeafParts::kAll);

// The same of some rows, from the pages that they lie in (leaf_rows.h).
Result<LeafData> ReadLeafRows(const ParquetFile& file, size_t row_group, size_t leaf,
                              const RowSet& rows, ReadStats& stats,
                              LeafParts parts = LeafParts::kAll);

// The general path alone: the reference for our own decoders in tests.
Result<LeafData> ReadLeafWithArrow(const ParquetFile& file, size_t row_group, size_t leaf,
                                   ReadStats& stats);

}  // namespace vivace
