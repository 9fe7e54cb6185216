// ParquetFile: what must be known of a Parquet object to fetch single pages of it: per row group
// and leaf where the chunk lies, whether it has values at all, and (read on demand, then kept)
// where its pages lie and what its dictionary is.
//
// Kept by a BlockReader as long as that lives: about 100 bytes per leaf and row group and 24 per
// page, and up to a few MB of dictionaries per row group, which can be dropped. Everything in it
// has been checked against the size of the object and the leaves expected: later code may trust its
// numbers. Any thread. Inside src/parquet and src/block only.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/containers/row_set.h"
#include "base/result.h"
#include "parquet/leaf_info.h"
#include "parquet/object_source.h"
#include "parquet/read_stats.h"
#include "parquet/row_group.h"

namespace parquet {
class ColumnChunkMetaData;
class FileMetaData;
class SchemaDescriptor;
}  // namespace parquet

namespace vivace {

class LeafDictionary;  // decode/leaf_dictionary.h

// What to expect in the object.
struct ParquetLayout {
  std::span<const LeafInfo> leaves;
  const parquet::SchemaDescriptor& schema;
  std::optional<size_t> key_leaf;  // by whose values rows are looked up: RowGroup::key_bounds
};

class ParquetFile {
 public:
  // `size` as in meta.json or the store (DATA_LOSS if wrong); `footer_size` 0 costs one more read.
  static Result<std::shared_ptr<ParquetFile>> Open(ObjectSource source, uint64_t size,
                                                   uint32_t footer_size, ParquetLayout layout,
                                                   ReadStats& stats);

  // The same where nobody knows the size, of a small object: over a network all of it in one read.
  static Result<std::shared_ptr<ParquetFile>> Open(ObjectSource source, ParquetLayout layout,
                                                   ReadStats& stats);

  // Over a network it holds what is fetched ahead.
  const ObjectSource& source() const { return source_; }
  const ParquetLayout& layout() const { return layout_; }
  const std::vector<RowGroup>& row_groups() const { return row_groups_; }
  uint64_t rows() const {
    return row_groups_.empty() ? 0 : row_groups_.back().first_row + row_groups_.back().rows;
  }

  Result<std::shared_ptr<const PageLocations>> Pages(size_t row_group, ReadStats& stats) const;
  // Of each page of the leaf; empty where the file has none.
  Result<std::shared_ptr<const std::vector<PageBounds>>> Bounds(size_t row_group, size_t leaf,
                                                                ReadStats& stats) const;

  // The cached ones by leaf, or null.
  using Dictionaries = std::vector<std::shared_ptr<const LeafDictionary>>;
  Dictionaries DictionariesOf(size_t row_group) const;
  // `bytes`: the memory that it takes.
  void CacheDictionary(size_t row_group, size_t leaf,
                       std::shared_ptr<const LeafDictionary> dictionary, size_t bytes) const;
  // Forgets dictionaries; they are read again where they are needed.
  void DropDecoded() const;

  // Where the pages of a leaf lie: all, or those that have some of these rows, with the dictionary.
  Result<std::vector<ByteRange>> RangesOf(size_t row_group, size_t leaf,
                                          const std::optional<RowSet>& rows,
                                          ReadStats& stats) const;
  // The bytes of all pages of the leaf.
  Result<std::string> ReadChunk(size_t row_group, size_t leaf, ReadStats& stats) const;

  // Of all that is kept, and of dictionaries alone, which DropDecoded frees.
  size_t MemoryBytes() const;
  size_t DecodedBytes() const;

 private:
  ParquetFile(ObjectSource source, ParquetLayout layout)
      : source_(std::move(source)), layout_(layout) {}

  // Over a network footer and page index come in one read, and are held; on a disk nothing is.
  struct Tail {
    ObjectSource::Hold hold;
    uint64_t bytes = 0;
  };
  static Result<std::shared_ptr<ParquetFile>> OpenWithTail(ObjectSource source, uint64_t size,
                                                           uint32_t footer_size,
                                                           ParquetLayout layout, Tail tail,
                                                           ReadStats& stats);
  Status ParseFooter(const std::string& footer);
  Status AddRowGroup(const parquet::FileMetaData& file, int number, std::span<const int> columns);
  Result<ColumnChunk> DescribeChunk(const parquet::ColumnChunkMetaData& column,
                                    const LeafInfo& leaf) const;

  ObjectSource source_;
  ParquetLayout layout_;
  uint64_t data_end_ = 0;  // where the footer begins
  Tail tail_;
  std::vector<RowGroup> row_groups_;

  mutable std::mutex mutex_;
  // By row group; null until asked for.
  mutable std::vector<std::shared_ptr<const PageLocations>> pages_;
  mutable std::vector<std::map<size_t, std::shared_ptr<const std::vector<PageBounds>>>>
      bounds_;  // by leaf
  mutable std::vector<Dictionaries> dictionaries_;
  mutable size_t decoded_bytes_ = 0;
};

}  // namespace vivace
