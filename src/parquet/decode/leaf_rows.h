// ReadRowsOrPages: some rows of one leaf, from the pages that they lie in.
//
// A few rows are extracted from their pages one by one; else all entries of the pages are decoded,
// and other rows dropped. Where a file has no offset index, all pages are read. One thread; cost:
// the pages, and a pass over their runs of levels. Inside src/parquet and src/block only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "base/containers/row_set.h"
#include "base/result.h"
#include "parquet/decode/leaf_data.h"
#include "parquet/parquet_file.h"

namespace vivace {

// The dictionary, if there is one, and data pages, as they stand in the file.
struct LeafPageBytes {
  std::string bytes;
  bool is_whole_chunk = true;
  bool has_others = false;  // whether the pages have rows that are not wanted
  RowSet rows;  // those wanted, counted from the first row of the pages; if there are others
};

// The rows themselves where they are few for their pages and could be extracted; else the pages,
// for the general path to read. Each page is fetched once.
using RowsOrPages = std::variant<LeafData, LeafPageBytes>;
Result<RowsOrPages> ReadRowsOrPages(const ParquetFile& file, size_t row_group, size_t leaf,
                                    const RowSet& rows, ReadStats& stats);

// The uncompressed size of the pages of the rows, estimated in proportion to their compressed size.
Result<uint64_t> UncompressedBytesOf(const ParquetFile& file, size_t row_group, size_t leaf,
                                     const RowSet& rows, ReadStats& stats);

// Leaves only the entries of `rows`, and those of their values; texts stay as they are. `data` has
// all levels. False where it has too few rows, or its levels and values do not fit.
bool FilterRows(const LeafInfo& leaf, const RowSet& rows, LeafData& data);

}  // namespace vivace
