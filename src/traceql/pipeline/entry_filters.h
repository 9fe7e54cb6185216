// Entry filters: what a trace certainly has where a pipeline yields anything of it: a span that
// passes one of them.
//
// Of an operator that needs both its sides (&&, structural ones) one side is enough to tell, so
// only the one is asked for that fewer spans are likely to pass, by the form of its conditions
// alone: the choice must be the same for every source of a query. A trace whose spans lie in
// several sources is then found in each that has such a span, and where none has, it does not
// match. Pruning and PipelineRunner::MayMatch live by it. Pure functions, any thread; linear in the
// query.
#pragma once

#include <optional>
#include <vector>

#include "traceql/pipeline/conditions.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

// The filters; none: the pipeline may yield something of any trace.
std::optional<std::vector<ExprId>> EntryFiltersOf(const Query& query, PipelineId pipeline);

// For each of them: comparisons, each of which some value in the data must pass. Empty: any trace
// may match.
using EntryConditions = std::vector<std::vector<Condition>>;
EntryConditions EntryConditionsOf(const Query& query, PipelineId pipeline);

// The parts of a filter a && b && c, or the filter itself, that part of a trace is enough to
// evaluate.
std::vector<ExprId> SpanLevelPartsOf(const Query& query, ExprId filter);

// About which share of spans pass the filter, from 0 to 1, by its form alone.
double EstimatedShare(const Query& query, ExprId filter);

}  // namespace vivace::traceql
