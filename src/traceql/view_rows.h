// ViewRows: where each span of a view lies (its scope, resource and trace) and what it owns (events, links).
//
// Filled for all spans at once: 12 bytes a span. Owned by one query job, one thread.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "columns/column_view.h"

namespace vivace::traceql {

class ViewRows {
 public:
  // `view` must outlive the rows.
  static Result<ViewRows> Make(ColumnView& view);

  ColumnView& view() const { return *view_; }
  uint32_t trace_count() const { return static_cast<uint32_t>(trace_spans_.size()) - 1; }
  uint32_t span_count() const { return trace_spans_.back(); }
  uint32_t TraceOf(uint32_t span) const { return trace_of_[span]; }
  uint32_t ResourceOf(uint32_t span) const { return resource_of_[span]; }
  uint32_t ScopeOf(uint32_t span) const { return scope_of_[span]; }
  // Rows [first, second).
  std::pair<uint32_t, uint32_t> SpansOf(uint32_t trace) const { return {trace_spans_[trace], trace_spans_[trace + 1]}; }
  std::pair<uint32_t, uint32_t> EventsOf(uint32_t span) const { return {event_begins_[span], event_begins_[span + 1]}; }
  std::pair<uint32_t, uint32_t> LinksOf(uint32_t span) const { return {link_begins_[span], link_begins_[span + 1]}; }

 private:
  ColumnView* view_ = nullptr;
  std::vector<uint32_t> trace_of_;
  std::vector<uint32_t> resource_of_;
  std::vector<uint32_t> scope_of_;
  std::vector<uint32_t> trace_spans_;  // first span of each trace, and the end
  std::span<const uint32_t> event_begins_;
  std::span<const uint32_t> link_begins_;
};

}  // namespace vivace::traceql
