// select(x, y), a stage of pipelines: has results show attributes that the query does not test
// (spec/traceql.md 3.4). Sets and spans stay as they are.
//
// Each attribute becomes a condition that any value meets; what conditions accept is what
// search/shown_attributes.h shows. A pure function, any thread.
#pragma once

#include <vector>

#include "traceql/pipeline/conditions.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

inline std::vector<Condition> ConditionsOf(const Select& select) {
  std::vector<Condition> conditions;
  for (const Attribute& attribute : select.attributes)
    conditions.push_back({.attribute = attribute, .test = Condition::Test::kSelected});
  return conditions;
}

}  // namespace vivace::traceql
