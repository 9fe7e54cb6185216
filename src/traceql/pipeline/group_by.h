// by(x), a stage of pipelines: cuts each set of spans into one for each value that x has on them
// (spec/traceql.md 3.4).
//
// Not the by() of metrics, which is metrics/series_groups.h. Called by PipelineRunner for the sets
// of one trace. A pure function but for what the evaluator caches; cost: an evaluation of the key
// and a lookup in a table per span.
#pragma once

#include <vector>

#include "traceql/expression/evaluator.h"
#include "traceql/pipeline/spanset_result.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

// The sets in the order in which their values are first met, each with the value among its
// attributes. `key` is the evaluator of group.key. Fails where the key cannot be computed.
Result<std::vector<SpansetResult>> GroupSpansets(const Query& query, const GroupBy& group,
                                                 const Evaluator& key,
                                                 const std::vector<SpansetResult>& sets);

}  // namespace vivace::traceql
