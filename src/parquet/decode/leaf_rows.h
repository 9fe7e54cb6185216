// LeafRows: some rows of one leaf, from the pages that they lie in.
//
// A few rows are cut out of their pages one by one; else all entries of the pages are decoded, and those of other rows dropped. Where a
// file does not say where its pages lie, all of them are read. One thread; cost: the pages, and a pass over their runs of levels. Inside
// src/parquet and src/block only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "base/result.h"
#include "base/row_set.h"
#include "parquet/decode/leaf_data.h"
#include "parquet/parquet_file.h"

namespace vivace {

// The dictionary, if there is one, and data pages, as they stand in the file.
struct LeafPageBytes {
  std::string bytes;
  bool is_whole_chunk = true;
  bool has_others = false;  // whether the pages have rows that are not wanted
  RowSet rows;              // those wanted, counted from the first row of the pages; if there are others
};

// The rows themselves where they are few for their pages and could be cut out; else the pages, which it takes the general path to read.
// Each page is fetched once.
using RowsOrPages = std::variant<LeafData, LeafPageBytes>;
Result<RowsOrPages> ReadRowsOrPages(const ParquetFile& file, size_t row_group, size_t leaf, const RowSet& rows, ReadStats& stats);

// What the pages of the rows are, in proportion: decoded and compressed.
Result<uint64_t> UncompressedBytesOf(const ParquetFile& file, size_t row_group, size_t leaf, const RowSet& rows, ReadStats& stats);

// Leaves only the entries of `rows`, and those of their values; texts stay as they are. `data` has all levels. False where it has too few
// rows, or its levels and values do not fit.
bool KeepRows(const LeafInfo& leaf, const RowSet& rows, LeafData& data);

}  // namespace vivace
