// Prints parts of a query as the language writes them (spec/traceql.md 2.7): for error texts, group
// keys and labels.
//
// Any depth of nesting; linear in what it prints. Pure functions, any thread.
#pragma once

#include <string>

#include "traceql/syntax/ast.h"

namespace vivace::traceql {

std::string Format(const Query& query, ExprId expr);
// "count()", "avg(duration)".
std::string FormatAggregate(const Query& query, const Scalar& scalar);
std::string FormatScalar(const Query& query, ScalarId scalar);

}  // namespace vivace::traceql
