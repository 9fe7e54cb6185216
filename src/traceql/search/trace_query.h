// TraceQuery: what a search looks for. TraceMatcher: the same, made ready for one view.
//
// Two kinds of query exist: TraceQL (pipeline_query.h) and the older list of tags (tag_query.h); the search itself (query/search.h) does
// not tell them apart. A query is read-only and may serve many threads, a matcher belongs to one.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "traceql/expression/evaluator.h"
#include "traceql/expression/view_rows.h"
#include "traceql/pipeline/conditions.h"
#include "traceql/pipeline/pruning.h"
#include "traceql/pipeline/spanset_result.h"

namespace vivace::traceql {

class TraceMatcher {
 public:
  virtual ~TraceMatcher() = default;
  // The sets of spans that the trace comes to; none: it does not match. Fails where an expression cannot be computed.
  virtual Result<std::vector<SpansetResult>> Run(uint32_t trace) = 0;
  // Where each span passes or not on its own: those of the view that pass, found column by column. Works by arrival too.
  virtual Result<std::optional<SpanMask>> PassingSpans() { return std::nullopt; }
  // False only where the trace could not match together with any other spans either.
  virtual Result<bool> MayMatch(uint32_t trace) = 0;
};

class TraceQuery {
 public:
  virtual ~TraceQuery() = default;
  virtual Result<std::unique_ptr<TraceMatcher>> Prepare(const ViewRows& rows) const = 0;
  // If not, the spans that match are the same whether the trace's spans are looked at together or in parts.
  virtual bool needs_whole_traces() const = 0;
  virtual const Pruning& pruning() const = 0;
  // Whether matchers know PassingSpans.
  virtual bool is_by_span() const { return false; }
  // Whose values results show.
  virtual std::span<const Condition> conditions() const = 0;
};

}  // namespace vivace::traceql
