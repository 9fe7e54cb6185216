// Walks over the parts of a query: stages of pipelines with the pipelines inside them, their
// expressions and spanset operators.
//
// Any depth of nesting; parts come in the order in which the query names them. Pure functions, any
// thread.
#pragma once

#include <functional>

#include "traceql/syntax/ast.h"

namespace vivace::traceql {

void ForEachStage(const Query& query, PipelineId pipeline,
                  const std::function<void(const Stage&)>& visit);
// The expressions of one stage: its filters (not those of pipelines inside it), group key,
// arguments of aggregates.
void ForEachExpr(const Query& query, const Stage& stage, const std::function<void(ExprId)>& visit);
// Spanset operators of one stage.
void ForEachOperator(const Query& query, const Stage& stage,
                     const std::function<void(SpansetOperator)>& visit);

}  // namespace vivace::traceql
