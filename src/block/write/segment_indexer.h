// SegmentIndexer: feeds an IndexBuilder from the row groups of a block while it is written.
//
// Attributes are counted by their codes, in one walk over the codes of a row group's spans; only
// then is each distinct value looked at. What it gives is what a view of the finished row group
// would (view_indexer.h). Owned by one block build; memory: 4 bytes per distinct attribute of the
// segment, 8 per distinct one of a row group. Measured on ordinary spans: see docs/index-file.md.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "block/index/index_builder.h"
#include "columns/repeated_values.h"
#include "columns/segment.h"
#include "columns/trace_layout.h"

namespace vivace {

class SegmentIndexer {
 public:
  // The segment must be sealed; both must outlive this.
  SegmentIndexer(const Segment& segment, IndexBuilder& builder);

  // The row group of `layout`, which takes `file_bytes` of data.parquet.
  void AddRowGroup(const TraceLayout& layout, uint64_t file_bytes);

 private:
  using CodeRows = std::vector<ColumnValues::CodeRows>;

  // Values that no attribute of the segment has as they are: those of a key that comes several
  // times in a list, services of resources.
  class MadeValues final : public ValueTable {
   public:
    uint32_t Add(const AttributeValue& value);
    uint32_t Add(RepeatedValues values) { return Add(values.Take(storage_)); }
    uint32_t size() const override { return static_cast<uint32_t>(values_.size()); }
    AttributeValue Value(uint32_t code) const override { return values_[code]; }

   private:
    std::vector<AttributeValue> values_;
    std::deque<std::string> storage_;  // a deque, so that they stay where they are
  };
  // What the rows of one owner have under a key.
  struct KeyValues {
    CodeRows attributes;  // codes of the segment
    CodeRows made;        // of made_
    bool empty() const { return attributes.empty() && made.empty(); }
  };
  // Whether each key comes once in lists of a shape of the segment.
  enum class ListKind : uint8_t { kUnknown, kDistinct, kRepeated };

  void AddTraces(const TraceLayout& layout);
  void AddAttributes(const TraceLayout& layout);
  void AddFields(const TraceLayout& layout);
  void AddSpans(const TraceLayout& layout);

  template <typename Table>
  void AddLists(RowKind owner, const Table& table, const std::vector<uint32_t>& rows);
  template <typename Table>
  void AddSharedLists(RowKind owner, const Table& table, const std::vector<uint32_t>& rows);
  ListKind KindOfList(uint32_t shape, std::span<const AttributeCode> codes);
  void CountList(RowKind owner, std::span<const AttributeCode> codes, uint32_t rows);
  void CountKey(RowKind owner, std::span<const AttributeCode> codes, uint32_t rows);
  void CollectCounted();
  void AddColumns(RowKind owner);

  template <typename Get>
  void AddTextField(Field field, const std::vector<uint32_t>& rows, const Get& get);
  std::span<const AttributeCode> ListOf(uint32_t resource);
  RepeatedValues Together(std::span<const AttributeCode> codes, bool is_service) const;
  uint32_t RootServiceOf(uint32_t resource, MadeValues& services);
  uint32_t ServiceOf(uint32_t resource, MadeValues& services);

  const Segment& segment_;
  IndexBuilder& builder_;
  const std::shared_ptr<const ValueTable> attributes_;
  const std::shared_ptr<const ValueTable> strings_;
  const uint32_t service_key_;        // a code of keys(), or kNone
  std::vector<ListKind> list_kinds_;  // by shape of the segment

  // Of the owner at hand, empty between two.
  std::vector<uint32_t> attribute_rows_;  // by code: how many rows have it
  std::vector<KeyValues> by_key_;         // by code of keys()
  std::shared_ptr<MadeValues> made_ = std::make_shared<MadeValues>();

  std::vector<AttributeCode> list_;  // scratch: the list at hand
};

}  // namespace vivace
