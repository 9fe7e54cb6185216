#include "traceql/pipeline/pipeline_spans.h"

namespace vivace::traceql {

Result<PipelineSpans> PipelineSpans::Make(const Query& query, PipelineId pipeline,
                                          const ViewRows& rows) {
  VIVACE_ASSIGN(std::unique_ptr<PipelineRunner> runner,
                PipelineRunner::Make(query, pipeline, rows));
  return PipelineSpans(std::move(runner), rows);
}

}  // namespace vivace::traceql
