// ParquetFile: what must be known of a Parquet object to fetch single pages of it: per row group and leaf where the chunk lies, whether
// it has values at all, and (read on demand, then kept) where its pages lie and what its dictionary is.
//
// Kept by a BlockReader as long as that lives: about 100 bytes per leaf and row group and 24 per page, and up to a few MB of dictionaries
// per row group, which can be dropped. Everything in it has been checked against the size of the object and the leaves expected: later code
// may trust its numbers. Any thread. Inside src/parquet and src/block only.
#pragma once

#include <parquet/types.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "block/format/schema.h"
#include "block/view/span_structure.h"
#include "parquet/decode/leaf_dictionary.h"
#include "parquet/object_source.h"

namespace parquet {
class ColumnChunkMetaData;
class FileMetaData;
class SchemaDescriptor;
}  // namespace parquet

namespace vivace {

// The pages of one leaf in one row group.
struct Chunk {
  ByteRange range;  // all pages, the dictionary first
  int64_t value_count = 0;
  int64_t uncompressed_bytes = 0;
  parquet::Compression::type codec = parquet::Compression::UNCOMPRESSED;
  std::optional<int64_t> null_count;
  bool all_null = false;
  bool all_zero = false;   // all values (there may be nulls too) are 0, false or empty
  ByteRange column_index;  // size 0: none
  ByteRange offset_index;
};

struct PagePosition {
  ByteRange range;
  uint64_t first_row = 0;  // within the row group
};

// Per leaf: its data pages in order; empty where the file does not say.
using PagePositions = std::vector<std::vector<PagePosition>>;

struct IdBounds {
  std::string first;
  std::string last;
};

// Between which values those of a page lie, plainly encoded; the last of texts may be cut short.
struct PageBounds {
  bool all_null = false;
  std::string first;
  std::string last;
};

struct RowGroup {
  uint64_t rows = 0;
  uint64_t first_row = 0;       // within the file
  std::vector<Chunk> chunks;    // by leaf
  std::optional<IdBounds> ids;  // of leaf 0, by the statistics
};

// What comes before the first data page of a chunk: its dictionary, of size 0 if it has none. `pages`: all those of the chunk, one at
// least.
inline ByteRange DictionaryRange(const Chunk& chunk, std::span<const PagePosition> pages) {
  return {chunk.range.offset, pages.front().range.offset - chunk.range.offset};
}

// The row behind the last one that begins in a page.
inline uint64_t EndRow(const RowGroup& group, std::span<const PagePosition> pages, size_t page) {
  return page + 1 < pages.size() ? pages[page + 1].first_row : group.rows;
}

// What to expect in the object.
struct ParquetLayout {
  std::span<const LeafInfo> leaves;
  const parquet::SchemaDescriptor& schema;
};
ParquetLayout BlockLayout();
ParquetLayout ExtraLayout();

class ParquetFile {
 public:
  // `size` as promised elsewhere (DATA_LOSS if wrong); `footer_size` 0 costs one more read.
  static Result<std::shared_ptr<ParquetFile>> Open(ObjectSource source, uint64_t size, uint32_t footer_size, ParquetLayout layout,
                                                   ReadStats& stats);

  const ObjectSource& source() const { return source_; }
  const ParquetLayout& layout() const { return layout_; }
  const std::vector<RowGroup>& row_groups() const { return row_groups_; }
  uint64_t rows() const { return row_groups_.empty() ? 0 : row_groups_.back().first_row + row_groups_.back().rows; }

  Result<std::shared_ptr<const PagePositions>> Pages(size_t row_group, ReadStats& stats) const;
  // Of each page of the leaf; empty where the file has none.
  Result<std::shared_ptr<const std::vector<PageBounds>>> Bounds(size_t row_group, size_t leaf, ReadStats& stats) const;

  // By leaf; null until kept.
  using Dictionaries = std::vector<std::shared_ptr<const LeafDictionary>>;
  Dictionaries DictionariesOf(size_t row_group) const;
  void KeepDictionary(size_t row_group, size_t leaf, std::shared_ptr<const LeafDictionary> dictionary) const;
  // Null until kept.
  std::shared_ptr<const SpanStructure> StructureOf(size_t row_group) const;
  void KeepStructure(size_t row_group, std::shared_ptr<const SpanStructure> structure) const;
  // Forgets dictionaries and structures; they are read again where they are needed.
  void DropDecoded() const;

  size_t MemoryBytes() const;

 private:
  ParquetFile(ObjectSource source, ParquetLayout layout) : source_(std::move(source)), layout_(layout) {}

  Status ParseFooter(const std::string& footer);
  Status AddRowGroup(const parquet::FileMetaData& file, int number, std::span<const int> columns);
  Result<Chunk> DescribeChunk(const parquet::ColumnChunkMetaData& column, const LeafInfo& leaf) const;
  Result<PagePositions> ReadPages(size_t row_group, ReadStats& stats) const;
  Result<std::vector<PageBounds>> ReadBounds(size_t row_group, size_t leaf, ReadStats& stats) const;
  Result<std::vector<PagePosition>> ParsePages(std::string_view bytes, const RowGroup& group, size_t leaf) const;

  ObjectSource source_;
  ParquetLayout layout_;
  uint64_t data_end_ = 0;  // where the footer begins
  std::vector<RowGroup> row_groups_;

  mutable std::mutex mutex_;
  // By row group; null until asked for.
  mutable std::vector<std::shared_ptr<const PagePositions>> pages_;
  mutable std::vector<std::map<size_t, std::shared_ptr<const std::vector<PageBounds>>>> bounds_;  // by leaf
  mutable std::vector<Dictionaries> dictionaries_;
  mutable std::vector<std::shared_ptr<const SpanStructure>> structures_;
  mutable size_t decoded_bytes_ = 0;
};

}  // namespace vivace
