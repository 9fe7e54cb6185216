#include "traceql/pipeline/spanset_operators.h"

#include "traceql/pipeline/structural_operators.h"

namespace vivace::traceql {
namespace {

SpanRows Combined(SpansetOperator op, const SpanRows& left, const SpanRows& right,
                  std::span<const NestedSetNumbers> numbers) {
  if (op == SpansetOperator::kOr) return Union(left, right);
  if (op == SpansetOperator::kAnd)
    return left.empty() || right.empty() ? SpanRows() : Union(left, right);
  return ApplyStructural(op, left, right, numbers);
}

}  // namespace

NeededSides NeededSidesOf(SpansetOperator op) {
  if (op == SpansetOperator::kOr) return NeededSides::kEither;
  const bool is_negated = op >= SpansetOperator::kNotChild && op <= SpansetOperator::kNotSibling;
  return is_negated ? NeededSides::kRight : NeededSides::kBoth;
}

Result<std::vector<SpansetResult>> CombineSpansets(SpansetOperator op,
                                                   const std::vector<SpansetResult>& left,
                                                   const std::vector<SpansetResult>& right,
                                                   const SpansetResult& input,
                                                   std::span<const NestedSetNumbers> numbers) {
  if (IsStructural(op) && (left.size() > 1 || right.size() > 1)) {
    return Fail(ErrorCode::kInvalidArgument,
                "spanset operators are not supported for multiple spansets per trace. consider "
                "using coalesce()");
  }
  std::vector<SpansetResult> sets;
  SpanRows spans = Combined(op, Flattened(left), Flattened(right), numbers);
  if (!spans.empty()) sets.push_back({std::move(spans), input.attributes});
  return sets;
}

}  // namespace vivace::traceql
