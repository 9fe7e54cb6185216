#include "traceql/expression/view_rows.h"

namespace vivace::traceql {

Status ViewRows::Load(RowKind kind) const {
  const auto load = [&](std::span<const uint32_t>& begins) -> Status {
    if (!begins.empty()) return {};
    VIVACE_ASSIGN(begins, view_->Begins(kind));
    return {};
  };
  if (kind == RowKind::kEvent) return load(event_begins_);
  if (kind == RowKind::kLink) return load(link_begins_);
  if (kind == RowKind::kTrace && trace_spans_.empty()) {
    VIVACE_ASSIGN(trace_spans_, FirstSpans(kind));
  }
  return {};
}

Result<std::span<const uint32_t>> ViewRows::FirstSpans(RowKind kind) const {
  VIVACE_ASSIGN(const auto spans, view_->Begins(RowKind::kSpan));
  if (kind == RowKind::kScope) return spans;
  std::vector<uint32_t>& first = first_spans_[kind];
  if (!first.empty()) return first;
  VIVACE_ASSIGN(const auto scopes, view_->Begins(RowKind::kScope));
  if (kind == RowKind::kResource) {
    first.reserve(scopes.size());
    for (const uint32_t scope : scopes) first.push_back(spans[scope]);
    return first;
  }
  VIVACE_ASSIGN(const auto resources, view_->Begins(RowKind::kResource));
  first.reserve(resources.size());
  for (const uint32_t resource : resources) first.push_back(spans[scopes[resource]]);
  return first;
}

}  // namespace vivace::traceql
