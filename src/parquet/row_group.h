// RowGroup: what is known of a row group without reading any page of it: where the chunk of each
// leaf lies, whether it has values at all, and, from the page index, where its pages lie and what
// is in them.
//
// Plain values, checked against the size of the object by those who make them (parquet_file.h,
// page_index_reader.h). About 100 bytes per leaf, 24 per page. Inside src/parquet only.
#pragma once

#include <parquet/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "object/object_store.h"

namespace vivace {

// The pages of one leaf in one row group.
struct ColumnChunk {
  ByteRange range;  // all pages, the dictionary first
  int64_t value_count = 0;
  int64_t uncompressed_bytes = 0;
  parquet::Compression::type codec = parquet::Compression::UNCOMPRESSED;
  std::optional<int64_t> null_count;
  bool all_null = false;
  bool all_zero = false;   // all values (there may be nulls too) are 0, false or empty
  ByteRange column_index;  // size 0: none
  ByteRange offset_index;

  // Whether nothing is missed where the chunk is not read. `skip_if_zero`: nothing but zeros are no
  // news either.
  bool HasNothing(bool skip_if_zero) const { return all_null || (skip_if_zero && all_zero); }
};

struct PageLocation {
  ByteRange range;
  uint64_t first_row = 0;  // within the row group
};

// Per leaf: its data pages in order; empty where it has no offset index.
using PageLocations = std::vector<std::vector<PageLocation>>;

// Between which values those of a chunk lie, by its statistics, plainly encoded; they may have been
// cut short.
struct ChunkBounds {
  std::string min;
  std::string max;
};

// Bounds of a page's values, PLAIN encoded; the upper bound of texts may be truncated.
struct PageBounds {
  bool all_null = false;
  std::string min;
  std::string max;
};

struct RowGroup {
  uint64_t rows = 0;
  uint64_t first_row = 0;                 // within the file
  std::vector<ColumnChunk> chunks;        // by leaf
  std::optional<ChunkBounds> key_bounds;  // of the file's key (ParquetLayout::key_leaf)
};

// What comes before the first data page of a chunk: its dictionary, of size 0 if it has none.
// `pages`: all those of the chunk, one at least.
inline ByteRange DictionaryRange(const ColumnChunk& chunk, std::span<const PageLocation> pages) {
  return {chunk.range.offset, pages.front().range.offset - chunk.range.offset};
}

// The row after the last one that begins in a page.
inline uint64_t EndRow(const RowGroup& group, std::span<const PageLocation> pages, size_t page) {
  return page + 1 < pages.size() ? pages[page + 1].first_row : group.rows;
}

}  // namespace vivace
