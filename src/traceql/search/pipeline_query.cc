#include "traceql/search/pipeline_query.h"

#include <algorithm>

#include "traceql/pipeline/pipeline_runner.h"

namespace vivace::traceql {

namespace {

std::vector<Condition> ShownConditions(const Query& query, PipelineId pipeline,
                                       const PipelineQuery::Columns& static_columns) {
  std::vector<Condition> conditions = ConditionsOf(query, pipeline);
  for (Condition& condition : conditions) {
    const Attribute& attribute = condition.attribute;
    const auto is_it = [&](const std::pair<Scope, std::string>& column) {
      return column.second == attribute.key &&
             (attribute.scope == Scope::kNone || attribute.scope == column.first);
    };
    condition.shows_nil = condition.test == Condition::Test::kSelected &&
                          attribute.intrinsic == Intrinsic::kNone &&
                          std::ranges::any_of(static_columns, is_it);
  }
  return conditions;
}

}  // namespace

PipelineQuery::PipelineQuery(Query query, PipelineId pipeline, const Columns& static_columns)
    : query_(std::move(query)),
      pipeline_(pipeline),
      needs_whole_traces_(NeedsWholeTraces(query_, pipeline)),
      is_by_span_(!needs_whole_traces_ && IsFilterOnly(query_, pipeline)),
      conditions_(ShownConditions(query_, pipeline, static_columns)),
      pruning_(EntryConditionsOf(query_, pipeline)) {}

Result<std::unique_ptr<PipelineQuery>> PipelineQuery::Make(Query query,
                                                           const Columns& static_columns) {
  PipelineId pipeline = query.pipeline;
  if (query.is_metrics()) {
    const MetricsExpr& metrics = query.metrics[*query.metrics_root];
    if (metrics.kind != MetricsExpr::Kind::kQuery)
      return Fail(ErrorCode::kInvalidArgument, "math expressions not supported");
    pipeline = metrics.pipeline;
  }
  return std::unique_ptr<PipelineQuery>(
      new PipelineQuery(std::move(query), pipeline, static_columns));
}

Result<std::unique_ptr<TraceMatcher>> PipelineQuery::Prepare(const ViewRows& rows) const {
  VIVACE_ASSIGN(std::unique_ptr<PipelineRunner> runner,
                PipelineRunner::Make(query_, pipeline_, rows));
  return std::unique_ptr<TraceMatcher>(std::move(runner));
}

}  // namespace vivace::traceql
