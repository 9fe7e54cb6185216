// CountedSpans: which questions spans that were counted by service, name, kind and status can
// answer (SpanCounts): those that ask for nothing else of a span.
//
// Pure functions, any thread; linear in the query.
#pragma once

#include "traceql/syntax/ast.h"

namespace vivace::traceql {

// Whether spans are counted by the attribute: resource.service.name, name, kind, status.
bool IsCounted(const Attribute& attribute);
// Whether the pipeline only has filters that these decide, without arithmetic, which may fail.
bool IsCounted(const Query& query, PipelineId pipeline);
// Whether they decide an expression.
bool IsCountedExpr(const Query& query, ExprId expr);

}  // namespace vivace::traceql
