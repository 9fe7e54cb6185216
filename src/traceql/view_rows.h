// ViewRows: where each span of a view lies (its scope, resource and trace) and what it owns (events, links).
//
// Each kind is loaded when it is first needed: 4 bytes a span. Owned by one query job, one thread.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "columns/column_view.h"

namespace vivace::traceql {

class ViewRows {
 public:
  ViewRows() = default;
  // `view` must outlive the rows.
  explicit ViewRows(ColumnView& view) : view_(&view) {}

  // Makes the look-ups of the kind below work: kTrace, kResource, kScope, kEvent or kLink.
  Status Load(RowKind kind) const;

  ColumnView& view() const { return *view_; }
  uint32_t trace_count() const { return view_->rows(RowKind::kTrace); }
  uint32_t span_count() const { return view_->rows(RowKind::kSpan); }
  uint32_t TraceOf(uint32_t span) const { return trace_of_[span]; }
  uint32_t ResourceOf(uint32_t span) const { return resource_of_[span]; }
  uint32_t ScopeOf(uint32_t span) const { return scope_of_[span]; }
  // By span; of kTrace, kResource or kScope.
  std::span<const uint32_t> owners(RowKind kind) const {
    return kind == RowKind::kTrace ? trace_of_ : kind == RowKind::kResource ? resource_of_ : scope_of_;
  }
  // Rows [first, second). Of kTrace, in a view by trace.
  std::pair<uint32_t, uint32_t> SpansOf(uint32_t trace) const { return {trace_spans_[trace], trace_spans_[trace + 1]}; }
  std::pair<uint32_t, uint32_t> EventsOf(uint32_t span) const { return {event_begins_[span], event_begins_[span + 1]}; }
  std::pair<uint32_t, uint32_t> LinksOf(uint32_t span) const { return {link_begins_[span], link_begins_[span + 1]}; }

 private:
  Status LoadTraces() const;

  ColumnView* view_ = nullptr;
  mutable std::span<const uint32_t> trace_of_;
  mutable std::span<const uint32_t> resource_of_;
  mutable std::span<const uint32_t> scope_of_;
  mutable std::vector<uint32_t> trace_spans_;  // first span of each trace, and the end
  mutable std::span<const uint32_t> event_begins_;
  mutable std::span<const uint32_t> link_begins_;
};

}  // namespace vivace::traceql
