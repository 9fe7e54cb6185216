#include "query/trace_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/hash/fast_hash.h"
#include "base/unix_time.h"
#include "query/combined_traces.h"
#include "query/read_ahead.h"

namespace vivace {

TraceScan::TraceScan(QuerySources& sources, std::shared_ptr<const CancelToken> cancel_token,
                     ScanOptions options)
    : sources_(sources),
      cancel_token_(std::move(cancel_token)),
      options_(std::move(options)),
      tasks_(PlanTasks(sources)),
      places_(sources),
      stats_(sources.InitialStats()) {}

Status TraceScan::Run(traceql::ViewQuery& query, const Progress& progress) {
  VIVACE_TRY(sources_.status());
  query_ = &query;
  needs_whole_traces_ = sources_.size() > 1 && query.needs_whole_traces();
  left_out_.reset();
  is_ended_ = false;
  combined_.clear();
  FindKept();
  VIVACE_TRY(Summarize());
  std::vector<PartPointer> parts(tasks_.size());
  std::vector<ColumnName> columns = query.pruning().Columns();
  columns.push_back({.field = Field::kSpanStatus, .owner = RowKind::kSpan, .key = {}});
  ReadAhead ahead(
      sources_, tasks_,
      {.pruning = &query.pruning(),
       .columns = std::move(columns),
       .looks_for_traces = needs_whole_traces_,
       .begins_slowly = false,
       .is_done = [&](size_t task) { return kept_[task] != nullptr || is_summarized(task); },
       .cancel_token = cancel_token_.get()});
  const auto run = [&](size_t task) -> Status {
    if (kept_[task] != nullptr || is_summarized(task)) return {};
    const std::shared_ptr<const void> held = ahead.Begin(task);
    VIVACE_ASSIGN(parts[task], RunTask(task));
    ahead.End();
    return {};
  };
  const auto discard = [&](size_t task) { parts[task].reset(); };
  const auto take = [&](size_t task, const Status& status) {
    return Take(task, status, std::move(parts[task]), progress);
  };
  VIVACE_TRY(RunOrdered(tasks_.size(), options_.tasks, {run, discard, take}));
  if (!is_ended_) sources_.UpdateStats(sources_.size(), stats_);
  return {};
}

// Where the block's spans start, by its metadata.
std::optional<traceql::DataRange> TraceScan::RangeOf(size_t source) const {
  if (!sources_.is_block(source)) return std::nullopt;
  const auto [start, end] = sources_[source].meta->TimesOfSpans();
  constexpr int64_t kSecondsMax = INT64_MAX / kNanosPerSecond - 1;
  if (start <= 0 || end < start || end > kSecondsMax) return std::nullopt;
  return traceql::DataRange{static_cast<uint64_t>(start) * kNanosPerSecond,
                            static_cast<uint64_t>(end + 1) * kNanosPerSecond - 1};
}

// Which traces a part of whole traces lacks depends on all sources: it counts for the same blocks
// only, and where a live segment is among them, which changes, for nothing. None: not to be kept.
std::optional<std::string> TraceScan::SourcesKey() const {
  if (!query_->needs_whole_traces()) return "";
  std::vector<Uuid> blocks;
  for (size_t source = 0; source < sources_.size(); ++source) {
    if (!sources_.is_block(source)) return std::nullopt;
    blocks.push_back(sources_[source].meta->block_id);
  }
  std::ranges::sort(blocks);
  std::string ids;
  for (const Uuid& block : blocks) ids.append(block.bytes.begin(), block.bytes.end());
  return fmt::format("{}-{:x}", blocks.size(), FastHash(ids));
}

void TraceScan::FindKept() {
  keys_.assign(tasks_.size(), {});
  kept_.assign(tasks_.size(), nullptr);
  if (options_.kept_parts == nullptr) return;
  const std::optional<std::string> sources = SourcesKey();
  for (size_t task = 0; sources.has_value() && task < tasks_.size(); ++task) {
    const ViewTask& at = tasks_[task];
    const std::optional<traceql::DataRange> range = RangeOf(at.source);
    const auto key = range.has_value() ? query_->PartKey(*range) : std::nullopt;
    if (!key.has_value()) continue;
    const BlockMeta& meta = *sources_[at.source].meta;
    keys_[task] = fmt::format("{}/{}/{}/{}/{}", meta.tenant_id, meta.block_id.ToString(),
                              at.first_view, *sources, *key);
    kept_[task] = options_.kept_parts->Get(keys_[task]);
  }
}

// The first tasks of blocks of which an index may tell all that the query asks for, and of which
// not everything is kept.
std::vector<size_t> TraceScan::SourcesToSummarize() const {
  std::vector<size_t> first_tasks;
  if (!options_.uses_summaries || !query_->can_use_summaries()) return first_tasks;
  size_t first = 0;
  bool is_all_kept = true;
  for (size_t task = 0; task < tasks_.size(); ++task) {
    const ViewTask& at = tasks_[task];
    if (!sources_.is_block(at.source)) continue;
    if (at.first_view == 0) first = task, is_all_kept = true;
    is_all_kept &= kept_[task] != nullptr;
    const bool is_whole = at.first_view + 1 == sources_[at.source].meta->total_records;
    if (at.is_last && is_whole && !is_all_kept) first_tasks.push_back(first);
  }
  return first_tasks;
}

Status TraceScan::Summarize() {
  summaries_.assign(sources_.size(), nullptr);
  const std::vector<size_t> first_tasks = SourcesToSummarize();
  const auto run = [&](size_t number) { return SummarizeSource(first_tasks[number]); };
  const auto discard = [&](size_t number) {
    summaries_[tasks_[first_tasks[number]].source].reset();
  };
  // Of what cannot be read the tasks of the block find out again.
  const auto take = [&](size_t, const Status&) -> Result<bool> {
    VIVACE_TRY(CheckCancelled(cancel_token_.get()));
    return true;
  };
  // Over a network a block waits for a few requests, so many are asked at once.
  OrderedTasksOptions tasks = options_.tasks;
  if (sources_.catalog().fetchers() != nullptr) tasks.helpers = sources_.catalog().fetchers();
  return RunOrdered(first_tasks.size(), tasks, {run, discard, take});
}

Status TraceScan::SummarizeSource(size_t task) {
  const size_t source = tasks_[task].source;
  if (sources_.is_skipped(source)) return {};
  const std::string key = keys_[task].empty() ? "" : keys_[task] + "/summary";
  if (!key.empty()) summaries_[source] = options_.kept_parts->Get(key);
  if (summaries_[source] != nullptr) return {};
  VIVACE_ASSIGN(PartPointer part, AddSummary(source));
  if (part == nullptr) return {};
  if (!key.empty()) options_.kept_parts->Put(key, part->collected);
  const CollectedPart* collected = part->collected.get();
  summaries_[source] = {std::shared_ptr<Part>(std::move(part)), collected};  // keeps the lease
  return {};
}

Result<TraceScan::PartPointer> TraceScan::AddSummary(size_t source) {
  SourceReader reader(sources_, cancel_token_.get());
  VIVACE_ASSIGN(const std::unique_ptr<SourceSummary> summary, reader.SummaryOf(source));
  if (summary == nullptr) return nullptr;
  PartPointer part = NewPart(RangeOf(source));
  traceql::ViewQuery& query = *part->collected->query;
  VIVACE_ASSIGN(const bool is_known, query.AddSummary(*summary));
  if (!is_known) return nullptr;
  for (size_t view = 0; view < summary->view_count() && query.BeginExamples(); ++view)
    VIVACE_TRY(AddExamples(source, view, reader, *part->collected));
  VIVACE_TRY(Charge(*part));
  return part;
}

// The first traces of a view, and as many more as it takes.
Status TraceScan::AddExamples(size_t source, size_t view, SourceReader& reader,
                              CollectedPart& part) {
  constexpr uint32_t kFirstTraces = 1024;
  VIVACE_ASSIGN(const SourceReader::Candidates candidates,
                reader.MayMatch(source, view, part.query->pruning()));
  if (!candidates.any) return {};
  RowSet rows;
  if (candidates.rows.has_value()) {
    rows = *candidates.rows;
  } else {
    VIVACE_ASSIGN(const uint32_t count, reader.RowCount(source, view));
    rows = RowSet::All(count);
  }
  uint32_t traces = kFirstTraces;
  for (uint32_t first = 0; first < rows.size() && part.query->wants_examples(); traces *= 4) {
    VIVACE_TRY(reader.CheckCancelled());
    VIVACE_ASSIGN(
        const SourceReader::OpenView opened,
        reader.Open(source, view, SegmentView::Order::kByTrace, rows.Slice(first, traces)));
    VIVACE_TRY(AddView(source, traceql::ViewRows(*opened.view, cancel_token_.get()), reader, part));
    first += traces;
  }
  return {};
}

TraceScan::PartPointer TraceScan::NewPart(const std::optional<traceql::DataRange>& range) {
  auto part = std::make_unique<Part>(sources_.budget());
  const std::lock_guard lock(query_mutex_);
  part->collected->query = query_->NewPart(range);
  return part;
}

Status TraceScan::Charge(Part& part) {
  return part.lease.Grow(part.collected->query->MemoryBytes() +
                         part.collected->shared.size() * sizeof(TraceId));
}

Result<TraceScan::PartPointer> TraceScan::RunTask(size_t task) {
  PartPointer part = NewPart(RangeOf(tasks_[task].source));
  VIVACE_TRY(VisitViews(tasks_[task], *part));
  if (!part->collected->query->lacks_data() || !sources_.is_block(tasks_[task].source)) {
    if (!keys_[task].empty()) Keep(task, part->collected);
    return part;
  }
  // The metadata do not tell when the block's spans start.
  part = NewPart(std::nullopt);
  VIVACE_TRY(VisitViews(tasks_[task], *part));
  return part;
}

// What lacks a damaged block may have more another time.
void TraceScan::Keep(size_t task, const std::shared_ptr<CollectedPart>& part) {
  if (sources_.has_skipped()) return;
  part->shared.shrink_to_fit();
  options_.kept_parts->Put(keys_[task], part);
}

Status TraceScan::VisitViews(const ViewTask& task, Part& part) {
  if (sources_.is_skipped(task.source)) return {};  // a trace was looked for there
  SourceReader reader(sources_, cancel_token_.get());
  VIVACE_ASSIGN(const size_t views, reader.ViewCount(task.source));
  const size_t end = task.is_last ? views : std::min<size_t>(task.first_view + 1, views);
  for (size_t index = task.first_view; index < end && !part.collected->query->is_full(); ++index) {
    VIVACE_TRY(reader.CheckCancelled());
    VIVACE_TRY(VisitView(task.source, index, reader, *part.collected));
  }
  return Charge(part);
}

Status TraceScan::VisitView(size_t source, size_t index, SourceReader& reader,
                            CollectedPart& part) {
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
                          CollectedPart& part) {
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
                            SourceReader& reader, CollectedPart& part) {
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

void TraceScan::Merge(const traceql::ViewQuery& part) {
  const std::lock_guard lock(query_mutex_);
  query_->Merge(part);
}

// What could be read of a source before it turned out to be damaged stays in the answer.
Result<bool> TraceScan::Take(size_t task, const Status& status, PartPointer part,
                             const Progress& progress) {
  VIVACE_TRY(CheckCancelled(cancel_token_.get()));
  const ViewTask& at = tasks_[task];
  if (!status) VIVACE_TRY(sources_.Skip(at.source, status.error()));
  if (!status || sources_.is_skipped(at.source)) left_out_ = at.source;
  if (left_out_ != at.source) {
    if (is_summarized(task)) {
      VIVACE_TRY(TakeSummary(task));
    } else {
      TakePart(part == nullptr ? *kept_[task] : *part->collected);
    }
    part.reset();
    VIVACE_TRY(ChargeForQuery());
  }
  if (query_->is_full()) return false;
  return !at.is_last || EndSource(at.source, progress);
}

// The first task of a source takes its summary; the others have nothing to do. Which part of it a
// query has room for depends on the order of views, which a summary does not know: then these are
// looked at after all.
Status TraceScan::TakeSummary(size_t task) {
  const ViewTask& at = tasks_[task];
  if (at.first_view == 0) {
    const CollectedPart& summary = *summaries_[at.source];
    is_scanned_after_all_ = !HasRoomFor(*summary.query);
    if (!is_scanned_after_all_) TakePart(summary);
  }
  if (is_scanned_after_all_) {
    VIVACE_ASSIGN(const PartPointer part, RunTask(task));
    TakePart(*part->collected);
  }
  if (at.is_last) summaries_[at.source].reset();
  return {};
}

bool TraceScan::HasRoomFor(const traceql::ViewQuery& part) {
  const std::lock_guard lock(query_mutex_);
  return query_->HasRoomFor(part);
}

void TraceScan::TakePart(const CollectedPart& part) {
  Merge(*part.query);
  stats_.inspected_traces += part.inspected_traces;
  for (const TraceId& id : part.shared) {
    if (combined_.insert(id).second) shared_.push_back(id);
  }
}

void TraceScan::EndParts() {
  const std::lock_guard lock(query_mutex_);
  query_->EndSource();
}

Result<bool> TraceScan::EndSource(size_t source, const Progress& progress) {
  EndParts();
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
    parts[task] = NewPart(std::nullopt);
    const size_t begin = task * kTracesPerTask;
    const size_t count = std::min(kTracesPerTask, ids.size() - begin);
    VIVACE_TRY(AddTogether(std::span(ids).subspan(begin, count), *parts[task]->collected));
    return Charge(*parts[task]);
  };
  const auto discard = [&](size_t task) { parts[task].reset(); };
  const auto take = [&](size_t task, const Status& status) -> Result<bool> {
    VIVACE_TRY(status);
    Merge(*parts[task]->collected->query);
    parts[task].reset();
    return true;
  };
  return RunOrdered(tasks, options_.tasks, {run, discard, take});
}

Status TraceScan::AddTogether(std::span<const TraceId> ids, CollectedPart& part) {
  SourceReader reader(sources_, cancel_token_.get());
  return places_.UseCombined(ids, reader, BlockReader::Content::kAll,
                             [&](const SpanBatch& spans) { return AddSpans(spans, part); });
}

Status TraceScan::AddSpans(const SpanBatch& spans, CollectedPart& part) {
  const std::unique_ptr<CombinedTraces> combined = CombinedTraces::Make(spans, cancel_token_.get());
  if (combined == nullptr) return {};
  VIVACE_ASSIGN(const std::unique_ptr<traceql::ViewJob> job, part.query->Open(combined->rows()));
  VIVACE_TRY(job->AddAllTraces());
  return job->Finish();
}

}  // namespace vivace
