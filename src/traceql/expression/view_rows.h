// ViewRows: the owners of each span of a view (scope, resource, trace) and what it owns (events,
// links).
//
// Each kind is computed when it is first needed: 4 bytes per span. Owned by one query job, one
// thread.
#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "base/cancel_token.h"
#include "columns/column_view.h"

namespace vivace::traceql {

class ViewRows {
 public:
  ViewRows() = default;
  // Both must outlive the rows; `cancel_token`, of the query, may be null.
  explicit ViewRows(ColumnView& view, const CancelToken* cancel_token = nullptr)
      : view_(&view), cancel_token_(cancel_token) {}

  // To be called by all that goes through many spans, before each column and every kSpansPerCheck
  // spans.
  static constexpr uint32_t kSpansPerCheck = 4096;
  Status CheckCancelled() const { return vivace::CheckCancelled(cancel_token_); }

  // Makes the lookups below work: SpansOf (kTrace), EventsOf (kEvent), LinksOf (kLink). The others
  // always do.
  Status Load(RowKind kind) const;

  ColumnView& view() const { return *view_; }
  uint32_t trace_count() const { return view_->rows(RowKind::kTrace); }
  uint32_t span_count() const { return view_->rows(RowKind::kSpan); }
  uint32_t TraceOf(uint32_t span) const { return OwnerOf(trace_of_, RowKind::kTrace, span); }
  uint32_t ResourceOf(uint32_t span) const {
    return OwnerOf(resource_of_, RowKind::kResource, span);
  }
  uint32_t ScopeOf(uint32_t span) const { return OwnerOf(scope_of_, RowKind::kScope, span); }
  // Of a view by trace: the first span of each row of kTrace, kResource or kScope, and the end.
  Result<std::span<const uint32_t>> FirstSpans(RowKind kind) const;
  // Rows [first, second). Of kTrace, in a view by trace.
  std::pair<uint32_t, uint32_t> SpansOf(uint32_t trace) const {
    return {trace_spans_[trace], trace_spans_[trace + 1]};
  }
  std::pair<uint32_t, uint32_t> EventsOf(uint32_t span) const {
    return {event_begins_[span], event_begins_[span + 1]};
  }
  std::pair<uint32_t, uint32_t> LinksOf(uint32_t span) const {
    return {link_begins_[span], link_begins_[span + 1]};
  }

 private:
  uint32_t OwnerOf(std::span<const uint32_t>& owners, RowKind kind, uint32_t span) const {
    if (owners.empty()) owners = view_->Owners(kind);
    return owners[span];
  }

  ColumnView* view_ = nullptr;
  const CancelToken* cancel_token_ = nullptr;
  mutable std::span<const uint32_t> trace_of_;
  mutable std::span<const uint32_t> resource_of_;
  mutable std::span<const uint32_t> scope_of_;
  mutable std::span<const uint32_t> trace_spans_;
  mutable std::map<RowKind, std::vector<uint32_t>> first_spans_;
  mutable std::span<const uint32_t> event_begins_;
  mutable std::span<const uint32_t> link_begins_;
};

}  // namespace vivace::traceql
