// SegmentView: what a live segment held when the view was made, to query.
//
// The segment may be appended to meanwhile. Making one by trace lays out every trace (about half a
// microsecond per span); columns are copied into the order of the view as they are asked for. One
// thread.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "columns/column_view.h"
#include "columns/repeated_values.h"
#include "columns/segment.h"
#include "columns/trace_layout.h"

namespace vivace {

class SegmentView final : public ColumnView {
 public:
  // By trace: every trace is laid out first. By arrival: spans stand as they came, which costs
  // nothing, and the view does not know what there is to know about traces but their times.
  enum class Order : uint8_t { kByTrace, kByArrival };
  // `segment` must outlive the view.
  explicit SegmentView(const Segment& segment, Order order = Order::kByTrace);

  uint32_t rows(RowKind kind) const override;
  Result<std::span<const uint32_t>> Begins(RowKind kind) override;
  std::span<const uint32_t> Owners(RowKind kind) override;
  bool is_by_trace() const override { return order_ == Order::kByTrace; }
  Result<const Column*> Load(Field field) override;
  Result<const Column*> LoadAttribute(RowKind owner, std::string_view key) override;
  bool IsLoaded(RowKind owner, std::string_view key) const override;
  void Release(RowKind owner, std::string_view key) override;
  Result<std::span<const TraceId>> TraceIds() override;
  Result<std::span<const TraceId>> LinkTraceIds() override;
  Result<std::span<const NestedSetNumbers>> NestedSets() override;
  Result<std::unique_ptr<AttributePairs>> LoadPairs(RowKind owner) override;
  Status ListKeys(RowKind owner, const std::function<void(std::string_view key)>& add) override;

 private:
  Column SpanEnds() const;
  Column Durations() const;
  Column MakeField(Field field);
  std::vector<uint32_t> MakeOwners(RowKind kind) const;
  void ComputeTraceTimes();
  Column RootNames() const;
  Column RootServices() const;
  std::optional<Column> MakeAttribute(RowKind owner, std::string_view key) const;
  template <typename Table>
  Column MakeShapedColumn(const Table& table, const std::vector<uint32_t>& rows,
                          uint32_t key) const;
  template <typename Table>
  Column MakeSharedColumn(const Table& table, const std::vector<uint32_t>& rows, uint32_t key,
                          RepeatedValues::Rule rule) const;
  // Where a key stands in a list.
  struct Found {
    uint32_t first = Column::kMissing;  // counted from the list's begin
    bool has_more = false;
  };
  Found Find(uint32_t begin, uint32_t end, const ChunkedArray<AttributeCode>& codes,
             uint32_t key) const;
  RepeatedValues AllOf(RepeatedValues::Rule rule, uint32_t begin, uint32_t end,
                       const ChunkedArray<AttributeCode>& codes, uint32_t key) const;
  template <typename T>
  Column Numbers(const ChunkedArray<T>& from, const std::vector<uint32_t>& rows) const;
  template <typename Get>
  Column Strings(const std::vector<uint32_t>& rows, const Get& get) const;
  template <typename Visit>
  void ForEachList(RowKind owner, const Visit& visit) const;

  const Segment& segment_;
  const Order order_;
  const SegmentSnapshot snapshot_;
  TraceLayout layout_;
  std::map<RowKind, std::vector<uint32_t>> owners_;
  std::shared_ptr<const ValueTable> strings_;
  std::shared_ptr<const ValueTable> attributes_;
  std::array<std::unique_ptr<Column>, kFieldCount> fields_;
  std::map<std::pair<RowKind, std::string>, std::unique_ptr<Column>, std::less<>>
      attribute_columns_;
  std::vector<TraceId> trace_ids_;
  std::vector<TraceId> link_trace_ids_;
};

}  // namespace vivace
