#include "traceql/metrics/series_query.h"

#include "traceql/metrics/compare.h"
#include "traceql/metrics/function_query.h"

namespace vivace::traceql {

std::unique_ptr<SeriesQuery> MakeSeriesQuery(const Query& query, PipelineId pipeline,
                                             const MetricsStage& stage,
                                             const MetricsOptions& options) {
  if (stage.function == MetricsFunction::kCompare)
    return std::make_unique<CompareQuery>(query, pipeline, stage, options);
  return std::make_unique<FunctionQuery>(query, pipeline, stage, options);
}

}  // namespace vivace::traceql
