// Conditions: which attributes a query tests for what, however it combines the results
// (spec/traceql.md 2.4).
//
// Search results show the attributes that a condition accepts; a condition is also what tag values
// are filtered by. Pure functions, any thread; linear in the query.
#pragma once

#include <vector>

#include "traceql/syntax/ast.h"

namespace vivace::traceql {

struct Condition {
  enum class Test : uint8_t {
    kAny,        // the attribute is read: any value
    kSelected,   // by select(): likewise
    kExists,     // != nil
    kNotExists,  // = nil
    kCompare,    // op literal, the attribute standing on the left
  };
  Attribute attribute;
  Test test = Test::kAny;
  Operator op = Operator::kEqual;
  Value literal;
  bool shows_nil = false;  // of kSelected: whether results say that the attribute is missing
};

// In the order in which the query names them, with select() and the groups and aggregates of later
// stages.
std::vector<Condition> ConditionsOf(const Query& query, PipelineId pipeline);
std::vector<Condition> ConditionsOfExpr(const Query& query, ExprId expr);

// Whether a trace must be seen as a whole to know which of its spans the pipeline yields: a
// relation between spans, a number about a set of them, or a trace-level attribute. If not, each
// span is evaluated on its own.
bool NeedsWholeTraces(const Query& query, PipelineId pipeline);
// Whether the pipeline is made of filters only, which each span passes or not on its own.
bool IsFilterOnly(const Query& query, PipelineId pipeline);
// Whether it, or a part of the expression, is such a trace-level attribute.
bool IsTraceLevel(const Attribute& attribute);
bool IsTraceLevel(const Query& query, ExprId expr);

}  // namespace vivace::traceql
