// coalesce(), a stage of pipelines: makes one set of all sets of a trace, without their attributes
// (spec/traceql.md 3.4).
//
// Called by PipelineRunner. A pure function, any thread; cost: the spans.
#pragma once

#include <vector>

#include "traceql/pipeline/spanset_result.h"

namespace vivace::traceql {

inline std::vector<SpansetResult> CoalesceSpansets(const std::vector<SpansetResult>& sets) {
  std::vector<SpansetResult> one(1);
  one.front().spans = Flattened(sets);
  return one;
}

}  // namespace vivace::traceql
