// ReadRows: some rows of a Parquet object as levels and values of chosen leaves, touching only the
// pages that hold them, each once.
//
// Leaves without any value in the row group, and those of zeros where zeros are the default, cost
// nothing (statistics); for the others the offset index says which page to fetch, with the
// dictionary in front of it; adjacent ones are fetched together. Files without offset index are
// read from the start of each chunk up to the row. Any thread. Memory: the pages and the slices, so
// callers bound how many rows they ask for. Inside src/parquet and src/block only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "parquet/decode/leaf_slice.h"
#include "parquet/parquet_file.h"

namespace vivace {

struct LeafRequest {
  size_t leaf = 0;            // column number
  bool skip_if_zero = false;  // skip it where all its values in the row group are 0, false or empty
};

// By leaf; none where the leaf was not wanted or has no value in the row group.
using RowSlices = std::vector<std::optional<LeafSlice>>;

// `rows` within the row group, ascending, at least one; by row.
Result<std::vector<RowSlices>> ReadRows(const ParquetFile& file, size_t row_group,
                                        std::span<const uint64_t> rows,
                                        std::span<const LeafRequest> leaves, ReadStats& stats);
Result<RowSlices> ReadRow(const ParquetFile& file, size_t row_group, uint64_t row,
                          std::span<const LeafRequest> leaves, ReadStats& stats);

// What ReadRow asks the store for: to be fetched ahead.
Result<std::vector<ByteRange>> RangesOfRow(const ParquetFile& file, size_t row_group, uint64_t row,
                                           std::span<const LeafRequest> leaves, ReadStats& stats);

// The first row (within the row group) whose value is `value`. For a leaf of bytes outside of all
// lists; where the file has bounds of its pages, only those pages are read that may have it.
Result<std::optional<uint64_t>> FindRow(const ParquetFile& file, size_t row_group, size_t leaf,
                                        std::string_view value, ReadStats& stats);

}  // namespace vivace
