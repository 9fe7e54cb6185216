// BlockIndex: reads the sidecar of a block, vivace-index.bin: what can be known of the block
// without reading its columns (docs/index-file.md).
//
// An index only saves work: a block without one, or with a damaged one, is read without it. The
// header is read when the index is opened, each section when it is first asked for; what was read
// is kept until Drop. A section that is damaged makes the whole index one that knows nothing:
// reported once, in BlockReadStats::damaged_indexes. Errors are the store's alone, and pass. Any
// thread; no lock is held while reading. Memory: MemoryBytes(), bounded by what the header
// announces, which is checked against the block and the object's size before anything is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "block/format/block_read_stats.h"
#include "block/index/index_content.h"
#include "block/index/index_format.h"
#include "columns/column_view.h"
#include "parquet/object_source.h"

namespace vivace {

class BlockIndex {
 public:
  // Reads the header. NOT_FOUND where there is no index, DATA_LOSS where it is damaged or of
  // another block, UNIMPLEMENTED where its version is not known, else the store's errors. The
  // source's store must outlive the index.
  static Result<std::shared_ptr<const BlockIndex>> Open(ObjectSource source,
                                                        const IndexedBlock& block,
                                                        BlockReadStats& stats);
  ~BlockIndex();

  size_t row_group_count() const;
  // The rows of the block that lie in a row group: first, and behind the last.
  std::pair<uint32_t, uint32_t> RowsOf(size_t row_group) const;

  // Of the following, null: the index does not have it (left out for its size, or damaged).
  Result<std::shared_ptr<const NewestTraces>> Newest(BlockReadStats& stats) const;
  Result<std::shared_ptr<const KeyLists>> Keys(BlockReadStats& stats) const;
  Result<std::shared_ptr<const SpanCounts>> Counts(BlockReadStats& stats) const;
  // The values of a column in a row group; null where they are too many to be listed, or not known.
  // A column that no row has a value of is listed, without values. Columns with values: all
  // attributes, and the fields kSpanName, kSpanKind, kSpanStatus, kScopeName and kEventName.
  Result<std::shared_ptr<const ListedValues>> Values(size_t row_group, const ColumnName& column,
                                                     BlockReadStats& stats) const;

  // Whether some row of the row group has a value in that column that passes, as ListedValues has
  // values (also kEmpty); none where that is not known. Reads no columns.
  Result<std::optional<bool>> MayMatch(size_t row_group, const ColumnName& column,
                                       const ValuePredicate& passes, BlockReadStats& stats) const;

  // Whether some row may have that very value (kind and content: an int is not the equal double):
  // false is certain. By list where there is one, else by one page (4 KiB) of a filter; about one
  // in a hundred values that no row has passes the filter.
  Result<bool> MayHave(size_t row_group, const ColumnName& column, const AttributeValue& value,
                       BlockReadStats& stats) const;

  // Whether another index has taken the place of the one that was opened, as far as reads have
  // noticed: that one knows nothing any more.
  bool was_replaced() const;

  // Of header and section table; and of the sections that are kept.
  size_t HeaderBytes() const;
  size_t SectionBytes() const;
  // Frees the sections; who has some keeps them. They are read again where they are asked for.
  void DropSections() const;

 private:
  struct State;
  explicit BlockIndex(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vivace
