// RowGroupWriter: emits the columns of one row group, in schema order, from a segment and the
// layout of its rows.
//
// One page covers the same rows in every column, about `page_spans` spans, so that a trace lookup
// reads one page per column and finds it by the same number everywhere. A column without values is
// a single page. Owned by one block build; memory: the layout and the levels, about 100 bytes per
// span of the row group.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "block/write/attribute_columns.h"
#include "columns/segment.h"
#include "columns/trace_layout.h"
#include "parquet/encode/column_chunk_writer.h"

namespace vivace {

class RowGroupWriter {
 public:
  // Both must outlive the writer.
  RowGroupWriter(const BlockAttributes& attributes, const TraceLayout& layout, size_t page_spans);

  // The row group of data.parquet.
  Status WriteBlock(ParquetFileWriter& file);
  // The same rows in vivace-extra.parquet.
  Status WriteExtra(ParquetFileWriter& file);

 private:
  // Spans and errors by service, a list per trace.
  struct ServiceStatistics {
    std::vector<uint32_t> begins;
    std::vector<ValueToken> names;
    std::vector<uint32_t> spans;
    std::vector<uint32_t> errors;
  };

  // Of one resource.
  struct ServiceCount {
    std::string_view name;
    uint32_t resource = 0;
    uint32_t spans = 0;
    uint32_t errors = 0;
  };

  void SplitIntoPages(size_t page_spans_max);
  void CollectAttributes();
  template <typename Table>
  void CollectLists(AttributeColumns& columns, const std::vector<uint32_t>& rows,
                    const Table& table);
  template <typename Table>
  static void PrefetchList(const Table& table, uint32_t row);
  void CollectSharedLists();
  void CountServices();
  void CountServicesOf(size_t trace);
  ServiceCount CountSpansOf(uint32_t resource) const;
  void BuildRowPages();

  // Attributes as tokens: 0 for none.
  ValueToken ServiceToken(size_t resource) const;
  ValueToken RootServiceToken(size_t row);
  std::string_view AttributeText(ValueToken token) const;
  StringCode RootSpanName(size_t row) const;

  Status WriteTraceColumns();
  Status WriteResourceColumns();
  Status WriteScopeColumns();
  Status WriteSpanColumns();
  Status WriteEventColumns();
  Status WriteLinkColumns();

  // Columns with one value per row: numbers, texts by row, strings of the segment by code, and
  // texts of attributes.
  template <typename Value, typename Get>
  PageFiller<Value> OnePerRow(const RowPages& row_pages, const Get& get) const;
  template <typename Get>
  Status WriteNumbers(const LeafInfo& leaf, const RowPages& row_pages, const Get& get);
  template <typename Get>
  Status WriteNumbers(Leaf leaf, const RowPages& row_pages, const Get& get);
  template <typename Get>
  Status WriteTexts(Leaf leaf, const RowPages& row_pages, const Get& get);
  template <typename Get>
  Status WriteStrings(const LeafInfo& leaf, const RowPages& row_pages, const Get& get);
  template <typename Get>
  Status WriteAttributeTexts(Leaf leaf, const RowPages& row_pages, const Get& get);
  // A column of the segment by the rows of the layout; cheap where all values are zero.
  template <typename Number>
  Status WriteSparseNumbers(const LeafInfo& leaf, const RowPages& row_pages,
                            const ChunkedArray<Number>& column, const std::vector<uint32_t>& rows);
  template <typename Number>
  Status WriteSparseStrings(Leaf leaf, const RowPages& row_pages,
                            const ChunkedArray<Number>& column, const std::vector<uint32_t>& rows);
  // A promoted column: a value where `codes[row]` is an attribute.
  Status WritePromoted(Leaf leaf, const ParentRowPages& row_pages,
                       const std::vector<AttributeCode>& codes);
  bool IsHighCardinality(const std::vector<AttributeCode>& codes) const;

  const BlockAttributes& attributes_;
  const Segment& segment_;
  const TraceLayout& layout_;
  std::optional<ColumnChunkWriter> chunk_;  // of the file at hand
  std::vector<uint32_t> page_rows_;
  ParentRowPages traces_, services_, resources_, scopes_, spans_, events_, links_;
  AttributeColumns resource_attributes_, scope_attributes_, span_attributes_, event_attributes_,
      link_attributes_;
  ServiceStatistics statistics_;
  std::vector<ServiceCount> service_counts_;  // scratch: of the trace at hand
  std::vector<ValueToken> root_services_;     // by resource of the segment, where known
  std::vector<AttributeCode> list_;           // scratch: the list at hand
};

}  // namespace vivace
