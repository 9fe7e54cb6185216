// SpanCountsView: counted spans (SpanCounts) as columns: a row for each group, which stands for all
// of its spans. What is decided for a row by service, name, kind and status is decided for each of
// them, by the very code that looks at spans.
//
// Row i is group i, with a resource and a scope of its own, all in one trace. It has the resource's
// service.name and the fields kSpanName, kSpanKind and kSpanStatus; asked for another field it
// fails. Owned by one query job, one thread. Memory and cost: 30 bytes per group.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "columns/column_view.h"
#include "columns/source_summary.h"

namespace vivace {

class SpanCountsView final : public ColumnView {
 public:
  // `counts` must outlive the view.
  explicit SpanCountsView(const SpanCounts& counts);

  uint32_t rows(RowKind kind) const override;
  Result<std::span<const uint32_t>> Begins(RowKind kind) override;
  std::span<const uint32_t> Owners(RowKind kind) override;
  Result<const Column*> Load(Field field) override;
  Result<const Column*> LoadAttribute(RowKind owner, std::string_view key) override;
  bool IsLoaded(RowKind, std::string_view) const override { return true; }
  void Release(RowKind, std::string_view) override {}
  Result<std::span<const TraceId>> TraceIds() override { return trace_ids_; }
  Result<std::span<const TraceId>> LinkTraceIds() override { return std::span<const TraceId>(); }
  Result<std::span<const NestedSetNumbers>> NestedSets() override { return nested_sets_; }
  Status ListKeys(RowKind owner, const std::function<void(std::string_view key)>& add) override;

 private:
  // Of the group's codes: a column of `rows` rows.
  Column CodesOf(uint32_t SpanCounts::Group::*code, std::shared_ptr<const ValueTable> values) const;
  Column NumbersOf(uint32_t SpanCounts::Group::*number) const;

  const SpanCounts& counts_;
  const uint32_t groups_;
  std::vector<uint32_t> numbered_;     // 0, 1, 2 … groups
  std::vector<uint32_t> trace_begin_;  // 0, groups
  std::vector<uint32_t> first_;        // 0 for each group
  std::vector<uint32_t> no_children_;
  Column services_;
  bool has_services_ = false;
  std::array<std::unique_ptr<Column>, kFieldCount> fields_;
  std::vector<TraceId> trace_ids_;
  std::vector<NestedSetNumbers> nested_sets_;
};

}  // namespace vivace
