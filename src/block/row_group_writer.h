// RowGroupWriter: emits the columns of one row group, in schema order, from a segment and the layout of its rows.
//
// One page covers the same rows in every column, about kPageSpans spans, so that a trace lookup reads one page a column and finds it by
// the same number everywhere. A column without values is a single page. Owned by one block build; memory: the layout and the levels,
// about 100 bytes a span of the row group.
#pragma once

#include <vector>

#include "base/result.h"
#include "block/attribute_profiles.h"
#include "block/attribute_values.h"
#include "block/chunk_writer.h"
#include "block/promotion.h"
#include "block/row_group_layout.h"
#include "columns/segment.h"

namespace vivace {

class RowGroupWriter {
 public:
  static constexpr size_t kPageSpans = 3072;

  RowGroupWriter(const Segment& segment, const AttributeValues& values, const AttributeProfiles& profiles, const Promotion& promotion,
                 const RowGroupLayout& layout);

  // The row group of data.parquet.
  Status WriteBlock(ParquetFileWriter& file);
  // The same rows in vivace-extra.parquet.
  Status WriteExtra(ParquetFileWriter& file);

 private:
  // One attribute list of the schema: codes and their profiles in the order of rows.
  struct Attributes {
    std::vector<uint32_t> begins;
    std::vector<AttributeCode> codes;
    std::vector<AttributeProfiles::Profile> profiles;
    Family family;
    bool has[6] = {};  // by ValueColumn: whether any attribute goes there
  };
  struct ServiceStatistics {
    std::vector<uint32_t> begins;
    std::vector<std::string_view> names;
    std::vector<uint32_t> spans;
    std::vector<uint32_t> errors;
  };

  void CutPages();
  void BuildFamilies();
  void CountServices();
  Attributes CollectAttributes(const std::vector<uint32_t>& rows, const ChunkedArray<uint32_t>& ends,
                               const ChunkedArray<AttributeCode>& codes) const;
  void FinishAttributes(Attributes& attributes, const Family& owner) const;
  std::string_view ServiceName(size_t resource) const;
  std::string_view RootServiceName(size_t row) const;
  std::string_view RootSpanName(size_t row) const;

  Status WriteTraceColumns();
  Status WriteResourceColumns();
  Status WriteScopeColumns();
  Status WriteSpanColumns();
  Status WriteEventColumns();
  Status WriteLinkColumns();
  Status WriteAttributeColumns(RowKind owner, const Attributes& attributes);

  // Columns with one value per row of the family: numbers, texts by row, and strings of the segment by code.
  template <typename Value, typename Get>
  GatherPage<Value> OnePerRow(const Family& family, const Get& get) const;
  template <typename Get>
  Status Numbers(const LeafInfo& leaf, const Family& family, const Get& get);
  template <typename Get>
  Status Numbers(Leaf leaf, const Family& family, const Get& get);
  template <typename Get>
  Status Texts(Leaf leaf, const Family& family, const Get& get);
  template <typename Get>
  Status Strings(const LeafInfo& leaf, const Family& family, const Get& get);
  // A promoted column: a value where `codes[row]` is an attribute.
  Status Promoted(Leaf leaf, const Family& family, const std::vector<AttributeCode>& codes);
  // The values of attributes that go to `column`, a list per attribute.
  template <typename Value, typename Visit>
  GatherPage<Value> ValueLists(ValueColumn column, const Attributes& attributes, const Visit& visit) const;
  Status StringLists(Leaf leaf, const Attributes& attributes);
  Status ScalarLists(Leaf leaf, ValueColumn column, const Attributes& attributes);
  Status Unsupported(Leaf leaf, const Attributes& attributes);

  const Segment& segment_;
  const AttributeValues& values_;
  const AttributeProfiles& profiles_;
  const RowGroupLayout& layout_;
  ParquetFileWriter* file_ = nullptr;
  std::vector<uint32_t> page_rows_;
  Family traces_, services_, resources_, scopes_, spans_, events_, links_;
  PromotedAttributes promoted_resources_;
  PromotedAttributes promoted_spans_;
  Attributes resource_attributes_, scope_attributes_, span_attributes_, event_attributes_, link_attributes_;
  ServiceStatistics statistics_;
};

}  // namespace vivace
