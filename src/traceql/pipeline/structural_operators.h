// Structural relations between the spans of one trace: child, ancestor, sibling and so on, by nested set numbers (spec/traceql.md 3.3).
//
// A span without a place in the tree is related to nothing. Pure functions, any thread; n log n in the spans given.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "columns/nested_set.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

// Ascending row numbers of spans of one trace.
using SpanRows = std::vector<uint32_t>;

// What `left` op `right` yields, `op` being structural. `numbers` are by row.
SpanRows Relate(SpansetOperator op, const SpanRows& left, const SpanRows& right, std::span<const NestedSetNumbers> numbers);

// Both, each once.
SpanRows Union(const SpanRows& a, const SpanRows& b);

}  // namespace vivace::traceql
