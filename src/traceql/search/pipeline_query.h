// PipelineQuery: a TraceQL pipeline as a search. A metrics query is searched for the spans that it
// counts.
//
// Read-only once made; any thread.
#pragma once

#include "traceql/search/trace_query.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

class PipelineQuery final : public TraceQuery {
 public:
  // Scope and key of attributes.
  using Columns = std::vector<std::pair<Scope, std::string>>;

  // INVALID_ARGUMENT for arithmetic on metrics, which has no one pipeline. Where select() names one
  // of `static_columns`, those that every block has a column for, results show that a span lacks
  // it: Grafana makes a column of it, and Tempo shows it.
  static Result<std::unique_ptr<PipelineQuery>> Make(Query query,
                                                     const Columns& static_columns = {});

  Result<std::unique_ptr<TraceMatcher>> Prepare(const ViewRows& rows) const override;
  bool needs_whole_traces() const override { return needs_whole_traces_; }
  bool is_by_span() const override { return is_by_span_; }
  const Pruning& pruning() const override { return pruning_; }
  std::span<const Condition> conditions() const override { return conditions_; }

 private:
  PipelineQuery(Query query, PipelineId pipeline, const Columns& static_columns);

  const Query query_;
  const PipelineId pipeline_;
  const bool needs_whole_traces_;
  const bool is_by_span_;
  const std::vector<Condition> conditions_;
  const Pruning pruning_;
};

}  // namespace vivace::traceql
