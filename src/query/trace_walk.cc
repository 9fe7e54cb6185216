#include "query/trace_walk.h"

#include "query/joined_trace.h"

namespace vivace {
namespace {

// Traces between two checks for cancellation.
constexpr uint32_t kTracesPerCheck = 16;

}  // namespace

TraceWalk::TraceWalk(QueryPlaces& places, std::shared_ptr<const CancelToken> cancelled)
    : places_(places), cancelled_(std::move(cancelled)), stats_(places.InitialStats()) {}

Status TraceWalk::Run(traceql::ViewQuery& query, const Progress& progress) {
  joined_.clear();
  for (size_t place = 0; place < places_.size() && !query.is_full(); ++place) {
    VIVACE_TRY(CheckCancelled(cancelled_.get()));
    if (const Status status = VisitPlace(query, place); !status) VIVACE_TRY(places_.Forgive(place, status.error()));
    stats_.completed_jobs = static_cast<uint32_t>(place + 1);
    stats_.inspected_bytes = places_.inspected_bytes();
    const bool is_last = place + 1 == places_.size();
    if (progress && !progress(stats_, is_last ? 0 : places_.NewestNanos(place + 1))) return {};
  }
  stats_.completed_jobs = stats_.total_jobs;
  return {};
}

Status TraceWalk::VisitPlace(traceql::ViewQuery& query, size_t place) {
  const size_t views = places_.ViewCount(place);
  const auto order = query.needs_traces() ? SegmentView::Order::kByTrace : SegmentView::Order::kByArrival;
  for (size_t index = 0; index < views && !query.is_full(); ++index) {
    VIVACE_TRY(CheckCancelled(cancelled_.get()));
    QueryPlaces::Entering entering = places_.MayEnter(place, index, query.pruning());
    if (!entering.any) continue;
    const std::unique_ptr<ColumnView> view = places_.Open(place, index, order, std::move(entering.rows));
    if (view != nullptr) VIVACE_TRY(VisitView(query, place, *view));
  }
  return {};
}

Status TraceWalk::VisitView(traceql::ViewQuery& query, size_t place, ColumnView& view) {
  const traceql::ViewRows rows(view, cancelled_.get());
  VIVACE_ASSIGN(const std::unique_ptr<traceql::ViewJob> job, query.Open(rows));
  stats_.inspected_traces += rows.trace_count();
  if (places_.size() == 1 || !query.needs_whole_traces()) {
    VIVACE_TRY(job->TakeAll());
  } else {
    VIVACE_TRY(TakeTraces(query, *job, place, rows));
  }
  return job->Finish();
}

Status TraceWalk::TakeTraces(traceql::ViewQuery& query, traceql::ViewJob& job, size_t place, const traceql::ViewRows& rows) {
  VIVACE_ASSIGN(const std::span<const TraceId> ids, rows.view().TraceIds());
  for (uint32_t trace = 0; trace < rows.trace_count(); ++trace) {
    if (trace % kTracesPerCheck == 0) VIVACE_TRY(CheckCancelled(cancelled_.get()));
    if (joined_.contains(ids[trace])) continue;
    VIVACE_ASSIGN(const bool may_take, job.MayTake(trace));
    if (!may_take) continue;
    if (!places_.MayLieElsewhere(ids[trace], place)) {
      VIVACE_TRY(job.Take(trace));
      continue;
    }
    joined_.insert(ids[trace]);
    VIVACE_TRY(TakeJoined(query, ids[trace]));
  }
  return {};
}

Status TraceWalk::TakeJoined(traceql::ViewQuery& query, const TraceId& id) {
  const std::unique_ptr<JoinedTrace> joined = JoinedTrace::Make(places_.Gather(id));
  if (joined == nullptr) return {};
  VIVACE_ASSIGN(const std::unique_ptr<traceql::ViewJob> job, query.Open(joined->rows()));
  VIVACE_TRY(job->TakeAll());
  return job->Finish();
}

}  // namespace vivace
