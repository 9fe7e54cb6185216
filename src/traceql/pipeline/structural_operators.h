// Structural operators between spansets: > child, < parent, >> descendant, << ancestor, ~ sibling,
// and their forms with ! and &, by the nested set numbers of spans (spec/traceql.md 3.3).
//
// A span without a position in the tree is related to nothing. Pure functions, any thread; n log n
// in the spans given.
#pragma once

#include <span>

#include "columns/nested_set.h"
#include "traceql/pipeline/spanset_result.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

// All but && and ||.
bool IsStructural(SpansetOperator op);

// What `left` op `right` yields, `op` being structural. `numbers` are by row.
SpanRows ApplyStructural(SpansetOperator op, const SpanRows& left, const SpanRows& right,
                         std::span<const NestedSetNumbers> numbers);

}  // namespace vivace::traceql
