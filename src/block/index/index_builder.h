// IndexBuilder: makes vivace-index.bin from the columns of a block's row groups, as they are
// written (write/segment_indexer.h) or as they are read (view_indexer.h): one way for both, so that
// an index knows the same wherever it comes from.
//
//   (BeginRowGroup AddTraces AddColumn* BeginSpans AddSpan* EndSpans EndRowGroup)* Finish
//
// Values come as codes with the number of rows that have them: what is done for a value is done
// once per row group, not per row. What would make the index larger than its part of the block is
// left out (index_limits.h). Owned by one writing of a block; memory: what the index will hold, 28
// bytes per trace and 8 per distinct value of a column that may get a filter.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "block/index/index_content.h"
#include "block/index/index_format.h"
#include "block/index/index_sections.h"
#include "block/index/newest_collector.h"
#include "block/index/span_counter.h"
#include "block/index/value_filter.h"
#include "columns/column_view.h"

namespace vivace {

// Values that a column has in a row group, as codes of a table. Different codes may have one value.
struct ColumnValues {
  struct CodeRows {
    uint32_t code;
    uint32_t rows;  // that have it
  };
  std::shared_ptr<const ValueTable> table;
  std::vector<CodeRows> codes;
  bool may_repeat = false;  // whether it is worth looking for values that have several codes
};

class IndexBuilder {
 public:
  // `file_bytes`: what the row group takes of data.parquet.
  void BeginRowGroup(uint64_t file_bytes);
  void AddTraces(const RowGroupTraces& traces);
  // All values of a column, in one or more tables. They are as ColumnView::LoadAttribute of a block
  // gives them; those of fields are texts or ints.
  void AddColumn(ColumnName name, std::vector<ColumnValues> parts);
  // The spans of the row group, to be added to the counter; from them come the columns of names,
  // kinds and status codes too. `services` must live until EndSpans.
  SpanCounter& BeginSpans(const ValueTable& services, std::shared_ptr<const ValueTable> names);
  void EndSpans();
  void EndRowGroup();

  // The whole object. `data_bytes`: of data.parquet.
  std::string Finish(uint64_t data_bytes);

 private:
  // A column of the row group at hand.
  struct Pending {
    IndexedColumn column;
    std::string list;                 // of its values, as it is stored
    std::vector<ColumnValues> parts;  // where they are too many: what a filter would be made of
    uint64_t filter_bytes() const {
      return parts.empty() ? 0 : ValueFilter::StoredBytes(column.filter_blocks);
    }
  };
  // A list or a filter.
  struct Piece {
    IndexSection kind;
    size_t row_group;
    size_t column;
    std::string stored;
  };
  struct Section {
    IndexSectionEntry entry;
    std::string stored;
  };

  void AddFieldOfSpans(Field field, std::vector<ColumnValues::CodeRows> codes,
                       std::shared_ptr<const ValueTable> table);
  void AddList(const ListedValues& list, Pending& pending);
  void AddCandidate(std::vector<ColumnValues> parts, Pending& pending);
  uint64_t FilterRoom() const;
  bool HasRoomFor(uint64_t filter_bytes) const;
  void MakeFilters();

  KeyLists MakeKeys() const;
  void AddSection(IndexSection kind, uint32_t row_group, const std::string& raw);
  void AddCounts();
  void AddColumnSections();
  void AddPieces(IndexSection kind);
  void DropPieces(IndexSection kind, uint64_t bytes_max);
  void Shrink(uint64_t bytes_max);
  void Remove(IndexSection kind);
  uint64_t FileBytes() const;  // without pieces, until they are added
  uint64_t PieceBytes(IndexSection kind) const;
  std::string Join();

  uint64_t data_bytes_ = 0;
  std::vector<uint32_t> row_group_traces_;
  NewestCollector newest_;
  std::set<std::string, std::less<>> keys_[7];  // by RowKind
  SpanCounter counter_;
  std::vector<IndexedColumns> columns_;  // by row group
  std::vector<Piece> pieces_;            // in the order of row groups and columns
  std::vector<Section> sections_;

  // Of the row group at hand.
  uint64_t row_group_bytes_ = 0;
  std::shared_ptr<const ValueTable> span_names_;
  std::vector<Pending> pending_;
  uint64_t list_bytes_ = 0;
};

}  // namespace vivace
