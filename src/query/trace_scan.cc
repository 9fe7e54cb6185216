#include "query/trace_scan.h"

#include "query/combined_trace.h"

namespace vivace {
namespace {

// Traces between two checks for cancellation.

}  // namespace

TraceScan::TraceScan(QuerySources& sources, std::shared_ptr<const CancelToken> cancel_token)
    : sources_(sources), cancel_token_(std::move(cancel_token)), stats_(sources.InitialStats()) {}

Status TraceScan::Run(traceql::ViewQuery& query, const Progress& progress) {
  combined_.clear();
  for (size_t source = 0; source < sources_.size() && !query.is_full(); ++source) {
    VIVACE_TRY(CheckCancelled(cancel_token_.get()));
    if (const Status status = VisitSource(query, source); !status)
      VIVACE_TRY(sources_.SkipIfDamaged(source, status.error()));
    stats_.completed_jobs = static_cast<uint32_t>(source + 1);
    stats_.inspected_bytes = sources_.inspected_bytes();
    const bool is_last = source + 1 == sources_.size();
    if (progress && !progress(stats_, is_last ? 0 : sources_.MaxEndUnixNanos(source + 1)))
      return {};
  }
  stats_.completed_jobs = stats_.total_jobs;
  return {};
}

Status TraceScan::VisitSource(traceql::ViewQuery& query, size_t source) {
  const size_t views = sources_.ViewCount(source);
  const auto order =
      query.needs_traces() ? SegmentView::Order::kByTrace : SegmentView::Order::kByArrival;
  for (size_t index = 0; index < views && !query.is_full(); ++index) {
    VIVACE_TRY(CheckCancelled(cancel_token_.get()));
    QuerySources::Candidates candidates = sources_.MayMatch(source, index, query.pruning());
    if (!candidates.any) continue;
    const std::unique_ptr<ColumnView> view =
        sources_.Open(source, index, order, std::move(candidates.rows));
    if (view != nullptr) VIVACE_TRY(VisitView(query, source, *view));
  }
  return {};
}

Status TraceScan::VisitView(traceql::ViewQuery& query, size_t source, ColumnView& view) {
  const traceql::ViewRows rows(view, cancel_token_.get());
  VIVACE_ASSIGN(const std::unique_ptr<traceql::ViewJob> job, query.Open(rows));
  stats_.inspected_traces += rows.trace_count();
  if (sources_.size() == 1 || !query.needs_whole_traces()) {
    VIVACE_TRY(job->AddAllTraces());
  } else {
    VIVACE_TRY(AddTraces(query, *job, source, rows));
  }
  return job->Finish();
}

Status TraceScan::AddTraces(traceql::ViewQuery& query, traceql::ViewJob& job, size_t source,
                            const traceql::ViewRows& rows) {
  VIVACE_ASSIGN(const std::span<const TraceId> ids, rows.view().TraceIds());
  for (uint32_t trace = 0; trace < rows.trace_count(); ++trace) {
    if (trace % kTracesPerCheck == 0) VIVACE_TRY(CheckCancelled(cancel_token_.get()));
    if (combined_.contains(ids[trace])) continue;
    VIVACE_ASSIGN(const bool may_contribute, job.MayContribute(trace));
    if (!may_contribute) continue;
    if (!sources_.MayExistInOtherSources(ids[trace], source)) {
      VIVACE_TRY(job.AddTrace(trace));
      continue;
    }
    combined_.insert(ids[trace]);
    VIVACE_TRY(AddCombined(query, ids[trace]));
  }
  return {};
}

Status TraceScan::AddCombined(traceql::ViewQuery& query, const TraceId& id) {
  const std::unique_ptr<CombinedTrace> combined = CombinedTrace::Make(sources_.Combine(id));
  if (combined == nullptr) return {};
  VIVACE_ASSIGN(const std::unique_ptr<traceql::ViewJob> job, query.Open(combined->rows()));
  VIVACE_TRY(job->AddAllTraces());
  return job->Finish();
}

}  // namespace vivace
