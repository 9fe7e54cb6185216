// Operators between spansets: && and || here, the structural ones in structural_operators.h
// (spec/traceql.md 3.3).
//
// Called by PipelineRunner with what both sides yielded of one trace. Pure functions, any thread;
// cost: the spans given, n log n of them where the operator is structural.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "columns/nested_set.h"
#include "traceql/pipeline/spanset_result.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

// Which sides of an operator have to yield something where it does.
enum class NeededSides : uint8_t { kEither, kBoth, kRight };
NeededSides NeededSidesOf(SpansetOperator op);

// What `left` op `right` yields: one set, or none. It carries the attributes of `input`, the set
// that both sides were asked about; what the sides computed is theirs. `numbers` are by row, needed
// by structural operators only. INVALID_ARGUMENT for these where a side has several sets.
Result<std::vector<SpansetResult>> CombineSpansets(SpansetOperator op,
                                                   const std::vector<SpansetResult>& left,
                                                   const std::vector<SpansetResult>& right,
                                                   const SpansetResult& input,
                                                   std::span<const NestedSetNumbers> numbers);

}  // namespace vivace::traceql
