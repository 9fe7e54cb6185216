#include "query/trace_scan.h"

#include <algorithm>
#include <utility>

#include "query/combined_traces.h"

namespace vivace {

TraceScan::TraceScan(QuerySources& sources, std::shared_ptr<const CancelToken> cancel_token,
                     OrderedTasksOptions tasks)
    : sources_(sources),
      cancel_token_(std::move(cancel_token)),
      tasks_(std::move(tasks)),
      places_(sources),
      stats_(sources.InitialStats()) {}

Status TraceScan::Run(traceql::ViewQuery& query, const Progress& progress) {
  VIVACE_TRY(sources_.status());
  query_ = &query;
  needs_whole_traces_ = sources_.size() > 1 && query.needs_whole_traces();
  left_out_.reset();
  is_ended_ = false;
  combined_.clear();
  const std::vector<ViewTask> tasks = PlanTasks(sources_);
  std::vector<PartPointer> parts(tasks.size());
  const auto run = [&](size_t task) {
    parts[task] = NewPart();
    return VisitViews(tasks[task], *parts[task]);
  };
  const auto discard = [&](size_t task) { parts[task].reset(); };
  const auto take = [&](size_t task, const Status& status) {
    return Take(tasks[task], status, std::move(parts[task]), progress);
  };
  VIVACE_TRY(RunOrdered(tasks.size(), tasks_, {run, discard, take}));
  if (!is_ended_) sources_.UpdateStats(sources_.size(), stats_);
  return {};
}

TraceScan::PartPointer TraceScan::NewPart() {
  auto part = std::make_unique<Part>(sources_.budget());
  const std::lock_guard lock(query_mutex_);
  part->query = query_->NewPart();
  return part;
}

Status TraceScan::Charge(Part& part) {
  return part.lease.Grow(part.query->MemoryBytes() + part.shared.size() * sizeof(TraceId));
}

Status TraceScan::VisitViews(const ViewTask& task, Part& part) {
  SourceReader reader(sources_, cancel_token_.get());
  VIVACE_ASSIGN(const size_t views, reader.ViewCount(task.source));
  const size_t end = task.is_last ? views : std::min<size_t>(task.first_view + 1, views);
  for (size_t index = task.first_view; index < end && !part.query->is_full(); ++index) {
    VIVACE_TRY(reader.CheckCancelled());
    VIVACE_TRY(VisitView(task.source, index, reader, part));
  }
  return Charge(part);
}

Status TraceScan::VisitView(size_t source, size_t index, SourceReader& reader, Part& part) {
  VIVACE_ASSIGN(SourceReader::Candidates candidates,
                reader.MayMatch(source, index, part.query->pruning()));
  if (!candidates.any) return {};
  const auto order =
      part.query->needs_traces() ? SegmentView::Order::kByTrace : SegmentView::Order::kByArrival;
  VIVACE_ASSIGN(const SourceReader::OpenView opened,
                reader.Open(source, index, order, std::move(candidates.rows)));
  return AddView(source, traceql::ViewRows(*opened.view, cancel_token_.get()), reader, part);
}

Status TraceScan::AddView(size_t source, const traceql::ViewRows& rows, SourceReader& reader,
                          Part& part) {
  VIVACE_ASSIGN(const std::unique_ptr<traceql::ViewJob> job, part.query->Open(rows));
  part.inspected_traces += rows.trace_count();
  if (needs_whole_traces_) {
    VIVACE_TRY(AddTraces(*job, source, rows, reader, part));
  } else {
    VIVACE_TRY(job->AddAllTraces());
  }
  return job->Finish();
}

Status TraceScan::AddTraces(traceql::ViewJob& job, size_t source, const traceql::ViewRows& rows,
                            SourceReader& reader, Part& part) {
  VIVACE_ASSIGN(const std::span<const TraceId> ids, rows.view().TraceIds());
  for (uint32_t trace = 0; trace < rows.trace_count(); ++trace) {
    if (trace % kTracesPerCheck == 0) VIVACE_TRY(reader.CheckCancelled());
    VIVACE_ASSIGN(const bool may_contribute, job.MayContribute(trace));
    if (!may_contribute) continue;
    VIVACE_ASSIGN(const bool is_elsewhere, places_.IsElsewhere(ids[trace], source, reader));
    if (is_elsewhere) {
      part.shared.push_back(ids[trace]);
    } else {
      VIVACE_TRY(job.AddTrace(trace));
    }
  }
  return {};
}

void TraceScan::Merge(Part& part) {
  const std::lock_guard lock(query_mutex_);
  query_->Merge(*part.query);
}

// What could be read of a source before it turned out to be damaged stays in the answer.
Result<bool> TraceScan::Take(const ViewTask& task, const Status& status, PartPointer part,
                             const Progress& progress) {
  VIVACE_TRY(CheckCancelled(cancel_token_.get()));
  if (!status) {
    VIVACE_TRY(sources_.Skip(task.source, status.error()));
    left_out_ = task.source;
  }
  if (left_out_ != task.source) {
    Merge(*part);
    stats_.inspected_traces += part->inspected_traces;
    for (const TraceId& id : part->shared) {
      if (combined_.insert(id).second) shared_.push_back(id);
    }
    part.reset();
    VIVACE_TRY(ChargeForQuery());
  }
  if (query_->is_full()) return false;
  return !task.is_last || EndSource(task.source, progress);
}

Result<bool> TraceScan::EndSource(size_t source, const Progress& progress) {
  VIVACE_TRY(AddCombined(std::exchange(shared_, {})));
  VIVACE_TRY(ChargeForQuery());
  sources_.UpdateStats(source + 1, stats_);
  const bool is_last = source + 1 == sources_.size();
  is_ended_ = progress && !progress(stats_, is_last ? 0 : sources_.MaxEndUnixNanos(source + 1));
  return !is_ended_;
}

Status TraceScan::ChargeForQuery() {
  const size_t bytes = query_->MemoryBytes() + combined_.size() * kTraceIdSetBytes;
  if (bytes <= leased_bytes_) return {};
  if (!lease_.has_value()) lease_.emplace(&sources_.budget());
  VIVACE_TRY(lease_->Grow(bytes - leased_bytes_));
  leased_bytes_ = bytes;
  return {};
}

Status TraceScan::AddCombined(std::vector<TraceId> ids) {
  std::ranges::sort(ids);  // those of one task lie near each other
  const size_t tasks = (ids.size() + kTracesPerTask - 1) / kTracesPerTask;
  std::vector<PartPointer> parts(tasks);
  const auto run = [&](size_t task) -> Status {
    parts[task] = NewPart();
    const size_t begin = task * kTracesPerTask;
    const size_t count = std::min(kTracesPerTask, ids.size() - begin);
    VIVACE_TRY(AddTogether(std::span(ids).subspan(begin, count), *parts[task]));
    return Charge(*parts[task]);
  };
  const auto discard = [&](size_t task) { parts[task].reset(); };
  const auto take = [&](size_t task, const Status& status) -> Result<bool> {
    VIVACE_TRY(status);
    Merge(*parts[task]);
    parts[task].reset();
    return true;
  };
  return RunOrdered(tasks, tasks_, {run, discard, take});
}

Status TraceScan::AddTogether(std::span<const TraceId> ids, Part& part) {
  SourceReader reader(sources_, cancel_token_.get());
  return places_.UseCombined(ids, reader, BlockReader::Content::kAll,
                             [&](const SpanBatch& spans) { return AddSpans(spans, part); });
}

Status TraceScan::AddSpans(const SpanBatch& spans, Part& part) {
  const std::unique_ptr<CombinedTraces> combined = CombinedTraces::Make(spans, cancel_token_.get());
  if (combined == nullptr) return {};
  VIVACE_ASSIGN(const std::unique_ptr<traceql::ViewJob> job, part.query->Open(combined->rows()));
  VIVACE_TRY(job->AddAllTraces());
  return job->Finish();
}

}  // namespace vivace
