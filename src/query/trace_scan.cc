#include "query/trace_scan.h"

#include "query/combined_trace.h"

namespace vivace {

TraceScan::TraceScan(QuerySources& sources, std::shared_ptr<const CancelToken> cancel_token)
    : sources_(sources), cancel_token_(std::move(cancel_token)), stats_(sources.InitialStats()) {}

Status TraceScan::Run(traceql::ViewQuery& query, const Progress& progress) {
  VIVACE_TRY(sources_.status());
  combined_.clear();
  for (size_t source = 0; source < sources_.size() && !query.is_full(); ++source) {
    VIVACE_TRY(CheckCancelled(cancel_token_.get()));
    if (const Status status = VisitSource(query, source); !status)
      VIVACE_TRY(sources_.SkipIfDamaged(source, status.error()));
    VIVACE_TRY(ChargeFor(query));
    sources_.UpdateStats(source + 1, stats_);
    const bool is_last = source + 1 == sources_.size();
    if (progress && !progress(stats_, is_last ? 0 : sources_.MaxEndUnixNanos(source + 1)))
      return {};
  }
  sources_.UpdateStats(sources_.size(), stats_);
  return {};
}

Status TraceScan::ChargeFor(const traceql::ViewQuery& query) {
  const size_t bytes = query.MemoryBytes() + combined_.size() * kTraceIdSetBytes;
  if (bytes <= leased_bytes_) return {};
  if (!lease_.has_value()) lease_.emplace(&sources_.budget());
  VIVACE_TRY(lease_->Grow(bytes - leased_bytes_));
  leased_bytes_ = bytes;
  return {};
}

Status TraceScan::VisitSource(traceql::ViewQuery& query, size_t source) {
  VIVACE_ASSIGN(const size_t views, sources_.ViewCount(source));
  const auto order =
      query.needs_traces() ? SegmentView::Order::kByTrace : SegmentView::Order::kByArrival;
  for (size_t index = 0; index < views && !query.is_full(); ++index) {
    VIVACE_TRY(CheckCancelled(cancel_token_.get()));
    VIVACE_ASSIGN(QuerySources::Candidates candidates,
                  sources_.MayMatch(source, index, query.pruning()));
    if (!candidates.any) continue;
    VIVACE_ASSIGN(const QuerySources::OpenView opened,
                  sources_.Open(source, index, order, std::move(candidates.rows)));
    if (opened.view != nullptr) VIVACE_TRY(VisitView(query, source, *opened.view));
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
    VIVACE_ASSIGN(const bool is_elsewhere,
                  sources_.MayExistInOtherSources(ids[trace], source, cancel_token_.get()));
    if (!is_elsewhere) {
      VIVACE_TRY(job.AddTrace(trace));
      continue;
    }
    combined_.insert(ids[trace]);
    VIVACE_TRY(AddCombined(query, ids[trace]));
  }
  return {};
}

Status TraceScan::AddCombined(traceql::ViewQuery& query, const TraceId& id) {
  VIVACE_ASSIGN(const SpanBatch spans, sources_.Combine(id));
  const std::unique_ptr<CombinedTrace> combined = CombinedTrace::Make(spans);
  if (combined == nullptr) return {};
  VIVACE_ASSIGN(const std::unique_ptr<traceql::ViewJob> job, query.Open(combined->rows()));
  VIVACE_TRY(job->AddAllTraces());
  return job->Finish();
}

}  // namespace vivace
