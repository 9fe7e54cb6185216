// Scalar filters, a stage of pipelines: `count() > 2`, `avg(duration) > 1s` keep the sets whose
// aggregate passes (spec/traceql.md 3.4).
//
// Called by PipelineRunner for the sets of one trace. The aggregates themselves: aggregator.h. Pure
// functions but for what the evaluator caches; cost: an evaluation of the aggregate's argument per
// span.
#pragma once

#include <vector>

#include "traceql/expression/evaluator.h"
#include "traceql/pipeline/spanset_result.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

// The sets that pass, each with what the aggregate came to among its attributes. `argument` is the
// aggregate's, null of count(). Fails where the argument cannot be computed.
Result<std::vector<SpansetResult>> FilterByScalar(const Query& query, const ScalarFilter& filter,
                                                  const Evaluator* argument,
                                                  std::vector<SpansetResult> sets);

}  // namespace vivace::traceql
