#include "block/assemble/leaf_column.h"

#include <fmt/format.h>

#include "block/format/schema.h"

namespace vivace {
namespace {}  // namespace

Result<LeafColumn> LeafColumn::MakeAny(const std::optional<LeafSlice>& slice, int16_t depth,
                                       int16_t max_definition) {
  LeafColumn column;
  if (slice.has_value()) VIVACE_TRY(column.AssignToRows(*slice, depth, max_definition));
  return column;
}

Result<LeafColumn> LeafColumn::Make(const std::optional<LeafSlice>& slice, int16_t depth,
                                    int16_t max_definition, size_t rows) {
  VIVACE_ASSIGN(LeafColumn column, MakeAny(slice, depth, max_definition));
  if (!slice.has_value()) column.ends_.assign(rows, 0);
  if (column.rows() != rows)
    return Damaged(fmt::format("{} rows, expected {}", column.rows(), rows));
  return column;
}

Status LeafColumn::AssignToRows(const LeafSlice& slice, int16_t depth, int16_t max_definition) {
  slice_ = &slice;
  uint32_t values = 0;
  for (size_t entry = 0; entry < slice.definition.size(); ++entry) {
    const int16_t definition = slice.definition[entry];
    if (slice.repetition[entry] <= depth && definition >= depth) ends_.push_back(values);
    if (definition < max_definition) continue;
    if (ends_.empty()) return Damaged("a value without a row");
    ends_.back() = ++values;
  }
  if (values != slice.bits.size() + slice.texts.size())
    return Damaged(fmt::format("{} values, its levels say {}",
                               slice.bits.size() + slice.texts.size(), values));
  return {};
}

Result<TraceHierarchy> HierarchyOf(const LeafSlice& spans) {
  constexpr int16_t kResource = DepthOf(RowKind::kResource);
  constexpr int16_t kScope = DepthOf(RowKind::kScope);
  constexpr int16_t kSpan = DepthOf(RowKind::kSpan);
  TraceHierarchy hierarchy;
  for (size_t entry = 0; entry < spans.definition.size(); ++entry) {
    const int16_t repetition = spans.repetition[entry];
    const int16_t definition = spans.definition[entry];
    if (repetition <= kResource && definition >= kResource) ++hierarchy.resources;
    if (repetition <= kScope && definition >= kScope) {
      if (hierarchy.resources == 0) return Damaged("a scope without a resource");
      hierarchy.scope_resource.push_back(static_cast<uint32_t>(hierarchy.resources - 1));
    }
    if (definition >= kSpan) {
      if (hierarchy.scope_resource.empty()) return Damaged("a span without a scope");
      hierarchy.span_scope.push_back(static_cast<uint32_t>(hierarchy.scope_resource.size() - 1));
    }
  }
  return hierarchy;
}

}  // namespace vivace
