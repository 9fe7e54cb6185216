#include "traceql/view_rows.h"

namespace vivace::traceql {

Status ViewRows::Load(RowKind kind) const {
  const auto load = [&](std::span<const uint32_t>& rows, bool are_owners) -> Status {
    if (!rows.empty()) return {};
    VIVACE_ASSIGN(rows, are_owners ? view_->Owners(kind) : view_->Begins(kind));
    return {};
  };
  switch (kind) {
    case RowKind::kTrace:
      VIVACE_TRY(load(trace_of_, true));
      return view_->is_by_trace() && trace_spans_.empty() ? LoadTraces() : Status();
    case RowKind::kResource:
      return load(resource_of_, true);
    case RowKind::kScope:
      return load(scope_of_, true);
    case RowKind::kEvent:
      return load(event_begins_, false);
    case RowKind::kLink:
      return load(link_begins_, false);
    default:
      return {};
  }
}

Status ViewRows::LoadTraces() const {
  VIVACE_ASSIGN(const auto resources, view_->Begins(RowKind::kResource));
  VIVACE_ASSIGN(const auto scopes, view_->Begins(RowKind::kScope));
  VIVACE_ASSIGN(const auto spans, view_->Begins(RowKind::kSpan));
  trace_spans_.reserve(resources.size());
  for (const uint32_t resource : resources) trace_spans_.push_back(spans[scopes[resource]]);
  return {};
}

}  // namespace vivace::traceql
