// KnownTracesView: a view of which the ids, times and roots of traces are known from the sidecar
// index, so that no columns are read for them; all else is the inner view's.
//
// One query job, one thread, as the inner view, which must outlive it.
#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "columns/column_view.h"
#include "query/newest_rows.h"

namespace vivace {

class KnownTracesView final : public ColumnView {
 public:
  // `known`: as many traces as `inner` has.
  KnownTracesView(ColumnView& inner, KnownTraces known) : inner_(inner), known_(std::move(known)) {}

  uint32_t rows(RowKind kind) const override { return inner_.rows(kind); }
  Result<std::span<const uint32_t>> Begins(RowKind kind) override { return inner_.Begins(kind); }
  std::span<const uint32_t> Owners(RowKind kind) override { return inner_.Owners(kind); }
  bool is_by_trace() const override { return inner_.is_by_trace(); }
  Result<const Column*> Load(Field field) override;
  Result<const Column*> LoadAttribute(RowKind owner, std::string_view key) override {
    return inner_.LoadAttribute(owner, key);
  }
  bool IsLoaded(RowKind owner, std::string_view key) const override {
    return inner_.IsLoaded(owner, key);
  }
  void Release(RowKind owner, std::string_view key) override { inner_.Release(owner, key); }
  Result<std::span<const TraceId>> TraceIds() override;
  Result<std::span<const TraceId>> LinkTraceIds() override { return inner_.LinkTraceIds(); }
  Result<std::span<const NestedSetNumbers>> NestedSets() override { return inner_.NestedSets(); }
  Result<std::unique_ptr<AttributePairs>> LoadPairs(RowKind owner) override {
    return inner_.LoadPairs(owner);
  }
  Status ListKeys(RowKind owner, const std::function<void(std::string_view key)>& add) override {
    return inner_.ListKeys(owner, add);
  }

 private:
  template <typename T>
  std::vector<T> Of(const std::vector<T>& all) const;
  Column MakeField(Field field) const;

  ColumnView& inner_;
  const KnownTraces known_;
  std::array<std::unique_ptr<Column>, kFieldCount> fields_;
  std::vector<TraceId> ids_;
};

}  // namespace vivace
