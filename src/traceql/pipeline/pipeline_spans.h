// PipelineSpans: the spans that a pipeline yields, one by one, trace by trace.
//
// A pipeline of plain filters is run span by span over the whole view, all others trace by trace.
// One view, one thread.
#pragma once

#include <memory>
#include <vector>

#include "base/cancel_token.h"
#include "traceql/pipeline/pipeline_runner.h"

namespace vivace::traceql {

class PipelineSpans {
 public:
  static Result<PipelineSpans> Make(const Query& query, PipelineId pipeline, const ViewRows& rows);

  // Call visit(span) for each span that the trace (all traces of the view) yields, in ascending
  // order within a trace's sets.
  template <typename Visit>
  Status ForEach(uint32_t trace, const Visit& visit) {
    VIVACE_ASSIGN(const std::vector<SpansetResult> sets, runner_->Run(trace));
    for (const SpansetResult& set : sets) {
      for (const uint32_t span : set.spans) visit(span);
    }
    return {};
  }
  template <typename Visit>
  Status ForAll(const Visit& visit) {
    VIVACE_ASSIGN(const std::optional<SpanMask> mask, runner_->PassingSpans());
    for (uint32_t trace = 0; !mask && trace < rows_->trace_count(); ++trace) {
      if (trace % kTracesPerCheck == 0) VIVACE_TRY(rows_->CheckCancelled());
      VIVACE_TRY(ForEach(trace, visit));
    }
    for (uint32_t span = 0; mask && span < mask->size(); ++span) {
      if (span % ViewRows::kSpansPerCheck == 0) VIVACE_TRY(rows_->CheckCancelled());
      if ((*mask)[span] != 0) visit(span);
    }
    return {};
  }
  Result<bool> MayYield(uint32_t trace) { return runner_->MayMatch(trace); }

 private:
  PipelineSpans(std::unique_ptr<PipelineRunner> runner, const ViewRows& rows)
      : runner_(std::move(runner)), rows_(&rows) {}

  std::unique_ptr<PipelineRunner> runner_;
  const ViewRows* rows_;
};

}  // namespace vivace::traceql
