#include "columns/column_view.h"

namespace vivace {

Result<std::vector<TraceId>> ColumnView::TraceIdsOf(const RowSet& traces) {
  VIVACE_ASSIGN(const std::span<const TraceId> all, TraceIds());
  std::vector<TraceId> ids;
  for (const RowSet::Range& range : traces.ranges())
    ids.insert(ids.end(), all.begin() + range.begin, all.begin() + range.end);
  return ids;
}

std::vector<uint32_t> OwnersFromBegins(RowKind kind, std::span<const uint32_t> resource_begins,
                                       std::span<const uint32_t> scope_begins,
                                       std::span<const uint32_t> span_begins) {
  std::vector<uint32_t> owners(span_begins.back());
  // The first span of each row of the kind, by way of the kinds between.
  const auto first_span = [&](uint32_t row) {
    if (kind == RowKind::kTrace) row = resource_begins[row];
    if (kind != RowKind::kScope) row = scope_begins[row];
    return span_begins[row];
  };
  const size_t rows = (kind == RowKind::kTrace      ? resource_begins
                       : kind == RowKind::kResource ? scope_begins
                                                    : span_begins)
                          .size() -
                      1;
  for (uint32_t row = 0; row < rows; ++row) {
    for (uint32_t span = first_span(row), end = first_span(row + 1); span < end; ++span)
      owners[span] = row;
  }
  return owners;
}

}  // namespace vivace
