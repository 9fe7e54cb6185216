// TraceQuery: what a search looks for; made ready for one view it is a TraceMatcher
// (pipeline/trace_matcher.h).
//
// Two kinds of query exist: TraceQL (pipeline_query.h) and the older list of tags
// (legacy_tag_query.h); the search itself (query/search.h) does not tell them apart. A query is
// read-only and may serve many threads.
#pragma once

#include <memory>
#include <span>

#include "traceql/expression/view_rows.h"
#include "traceql/pipeline/conditions.h"
#include "traceql/pipeline/pruning.h"
#include "traceql/pipeline/trace_matcher.h"

namespace vivace::traceql {

class TraceQuery {
 public:
  virtual ~TraceQuery() = default;
  virtual Result<std::unique_ptr<TraceMatcher>> Prepare(const ViewRows& rows) const = 0;
  // If not, the spans that match are the same whether the trace's spans are looked at together or
  // in parts.
  virtual bool needs_whole_traces() const = 0;
  virtual const Pruning& pruning() const = 0;
  // Whether matchers know PassingSpans.
  virtual bool is_by_span() const { return false; }
  // Whose values results show.
  virtual std::span<const Condition> conditions() const = 0;
};

}  // namespace vivace::traceql
