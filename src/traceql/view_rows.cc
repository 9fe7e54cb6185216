#include "traceql/view_rows.h"

namespace vivace::traceql {

Result<ViewRows> ViewRows::Make(ColumnView& view) {
  ViewRows rows;
  rows.view_ = &view;
  VIVACE_ASSIGN(const auto resources, view.Begins(RowKind::kResource));
  VIVACE_ASSIGN(const auto scopes, view.Begins(RowKind::kScope));
  VIVACE_ASSIGN(const auto spans, view.Begins(RowKind::kSpan));
  VIVACE_ASSIGN(rows.event_begins_, view.Begins(RowKind::kEvent));
  VIVACE_ASSIGN(rows.link_begins_, view.Begins(RowKind::kLink));
  const uint32_t count = view.rows(RowKind::kSpan);
  rows.trace_of_.resize(count);
  rows.resource_of_.resize(count);
  rows.scope_of_.resize(count);
  rows.trace_spans_.reserve(resources.size());
  for (uint32_t trace = 0; trace + 1 < resources.size(); ++trace) {
    rows.trace_spans_.push_back(spans[scopes[resources[trace]]]);
    for (uint32_t resource = resources[trace]; resource < resources[trace + 1]; ++resource) {
      for (uint32_t scope = scopes[resource]; scope < scopes[resource + 1]; ++scope) {
        for (uint32_t span = spans[scope]; span < spans[scope + 1]; ++span) {
          rows.trace_of_[span] = trace;
          rows.resource_of_[span] = resource;
          rows.scope_of_[span] = scope;
        }
      }
    }
  }
  rows.trace_spans_.push_back(count);
  return rows;
}

}  // namespace vivace::traceql
