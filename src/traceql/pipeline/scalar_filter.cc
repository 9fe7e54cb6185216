#include "traceql/pipeline/scalar_filter.h"

#include "traceql/pipeline/aggregator.h"
#include "traceql/syntax/print.h"

namespace vivace::traceql {
namespace {

Result<Value> AggregateOf(Aggregate aggregate, const Evaluator* argument, const SpanRows& spans) {
  if (aggregate == Aggregate::kCount) return Value::Int(static_cast<int64_t>(spans.size()));
  Aggregator aggregator(aggregate);
  for (const uint32_t span : spans) {
    VIVACE_ASSIGN(const Datum value, argument->ValueAt(span));
    aggregator.Add(value);
  }
  return aggregator.Result();
}

}  // namespace

Result<std::vector<SpansetResult>> FilterByScalar(const Query& query, const ScalarFilter& filter,
                                                  const Evaluator* argument,
                                                  std::vector<SpansetResult> sets) {
  const Scalar& scalar = query.scalars[filter.left];
  const Datum literal = Datum::Of(query.scalars[filter.right].literal);
  std::vector<SpansetResult> kept;
  for (SpansetResult& set : sets) {
    VIVACE_ASSIGN(const Value value, AggregateOf(scalar.aggregate, argument, set.spans));
    VIVACE_ASSIGN(const Datum holds, Apply(filter.op, Datum::Of(value), literal));
    if (!holds.is_true()) continue;
    set.attributes.emplace_back(FormatAggregate(query, scalar), OwnedDatum(Datum::Of(value)));
    kept.push_back(std::move(set));
  }
  return kept;
}

}  // namespace vivace::traceql
