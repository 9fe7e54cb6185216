#include "traceql/search/pipeline_query.h"

#include "traceql/pipeline/pipeline_runner.h"

namespace vivace::traceql {

PipelineQuery::PipelineQuery(Query query, PipelineId pipeline)
    : query_(std::move(query)),
      pipeline_(pipeline),
      needs_whole_traces_(NeedsWholeTraces(query_, pipeline)),
      is_by_span_(!needs_whole_traces_ && IsFilterOnly(query_, pipeline)),
      conditions_(ConditionsOf(query_, pipeline)),
      pruning_(EntryConditionsOf(query_, pipeline)) {}

Result<std::unique_ptr<PipelineQuery>> PipelineQuery::Make(Query query) {
  PipelineId pipeline = query.pipeline;
  if (query.is_metrics()) {
    const MetricsExpr& metrics = query.metrics[*query.metrics_root];
    if (metrics.kind != MetricsExpr::Kind::kQuery)
      return Fail(ErrorCode::kInvalidArgument, "math expressions not supported");
    pipeline = metrics.pipeline;
  }
  return std::unique_ptr<PipelineQuery>(new PipelineQuery(std::move(query), pipeline));
}

Result<std::unique_ptr<TraceMatcher>> PipelineQuery::Prepare(const ViewRows& rows) const {
  VIVACE_ASSIGN(std::unique_ptr<PipelineRunner> runner,
                PipelineRunner::Make(query_, pipeline_, rows));
  return std::unique_ptr<TraceMatcher>(std::move(runner));
}

}  // namespace vivace::traceql
