// Conditions: what a query asks about which attributes, whatever it then makes of the answers (spec/traceql.md 2.4).
//
// Search results show the attributes that a condition accepts; a condition is also what a catalogue of tag values is filtered by. Pure
// functions, any thread; linear in the query.
#pragma once

#include <optional>
#include <vector>

#include "traceql/syntax/ast.h"

namespace vivace::traceql {

struct Condition {
  enum class Test : uint8_t {
    kAny,      // the attribute is read: any value
    kExists,   // != nil
    kMissing,  // = nil
    kCompare,  // op literal, the attribute standing on the left
  };
  Attribute attribute;
  Test test = Test::kAny;
  Operator op = Operator::kEqual;
  Value literal;
};

// In the order in which the query names them, with select() and the groups and aggregates of later stages.
std::vector<Condition> ConditionsOf(const Query& query, PipelineId pipeline);
std::vector<Condition> ConditionsOfExpr(const Query& query, ExprId expr);

// Whether a trace must be seen as a whole to know which of its spans the pipeline yields: a relation between spans, a number about a set
// of them, or a fact about the trace. If not, each span stands for itself.
bool NeedsWholeTraces(const Query& query, PipelineId pipeline);
// The filters at the entrance of a pipeline, also of those inside its first stage: a span must pass one of them for anything to come of it.
// None: any span enters.
std::optional<std::vector<ExprId>> EntryFiltersOf(const Query& query, PipelineId pipeline);
// Of each of them: comparisons that must all hold of some value in the data. Empty: any span enters.
using Entrances = std::vector<std::vector<Condition>>;
Entrances EntrancesOf(const Query& query, PipelineId pipeline);

// Whether the pipeline is made of filters only, which each span passes or not on its own.
bool IsPlain(const Query& query, PipelineId pipeline);
// Whether it, or a part of the expression, is such a fact about the trace.
bool IsAboutTrace(const Attribute& attribute);
bool IsAboutTrace(const Query& query, ExprId expr);

}  // namespace vivace::traceql
