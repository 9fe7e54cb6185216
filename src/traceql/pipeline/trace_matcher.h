// TraceMatcher: decides for each trace of a view whether a search finds it, and by which spans.
//
// Made by a TraceQuery (search/trace_query.h) once per view: of a TraceQL pipeline it is the
// PipelineRunner. One view, one thread; what it costs is up to the query.
#pragma once

#include <optional>
#include <vector>

#include "traceql/expression/evaluator.h"
#include "traceql/pipeline/spanset_result.h"

namespace vivace::traceql {

class TraceMatcher {
 public:
  virtual ~TraceMatcher() = default;
  // The spansets that the trace yields; none: it does not match. Fails where an expression cannot
  // be computed.
  virtual Result<std::vector<SpansetResult>> Run(uint32_t trace) = 0;
  // Where each span passes or not on its own: those of the view that pass, found column by column.
  // Works by arrival too.
  virtual Result<std::optional<SpanMask>> PassingSpans() { return std::nullopt; }
  // False only where the trace could not match together with any other spans either.
  virtual Result<bool> MayMatch(uint32_t trace) = 0;
};

}  // namespace vivace::traceql
