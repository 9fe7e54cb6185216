#include "query/search.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "query/combined_traces.h"
#include "query/known_traces_view.h"
#include "query/read_ahead.h"
#include "traceql/search/trace_describer.h"

namespace vivace {
namespace {

constexpr size_t kKeptBytes = 128;  // a node of the set; about

bool ReadsEvents(const traceql::TraceQuery& query) {
  return std::ranges::any_of(query.conditions(), [](const traceql::Condition& condition) {
    return traceql::LevelOf(condition.attribute) == traceql::AttributeLevel::kEvent;
  });
}

ColumnName ColumnOfField(Field field) {
  return {.field = field, .owner = RowKind::kSpan, .key = {}};
}

// Known to be read of each view that may match. The status stands for which spans there are.
std::vector<ColumnName> SearchedColumns(const traceql::Pruning& pruning) {
  std::vector<ColumnName> columns = pruning.Columns();
  for (const Field field : {Field::kSpanStatus, Field::kTraceStart, Field::kTraceEnd})
    columns.push_back(ColumnOfField(field));
  return columns;
}

// What is shown of each trace, and what says which spans match.
std::vector<ColumnName> ShownColumns(const traceql::TraceQuery& query) {
  std::vector<ColumnName> columns = SearchedColumns(query.pruning());
  for (const Field field : {Field::kTraceRootName, Field::kTraceRootService, Field::kSpanId,
                            Field::kSpanEnd, Field::kSpanName, Field::kSpanKind})
    columns.push_back(ColumnOfField(field));
  columns.push_back({.field = {}, .owner = RowKind::kResource, .key = "service.name"});
  for (const traceql::Condition& condition : query.conditions()) {
    if (condition.attribute.key.empty()) continue;
    for (const RowKind owner : {RowKind::kSpan, RowKind::kResource})
      columns.push_back({.field = {}, .owner = owner, .key = condition.attribute.key});
  }
  return columns;
}

}  // namespace

Search::Search(const Ingester& ingester, BlockCatalog& catalog, SearchRequest request)
    : request_(std::move(request)),
      sources_(ingester, catalog, request_.tenants, request_.window, request_.sources),
      places_(sources_),
      tasks_(PlanTasks(sources_)),
      content_(ReadsEvents(*request_.query) ? BlockReader::Content::kAll
                                            : BlockReader::Content::kWithoutEvents),
      stats_(sources_.InitialStats()),
      lease_(&sources_.budget()) {}

Status Search::Run(const Progress& progress) {
  VIVACE_TRY(sources_.status());
  std::vector<std::unique_ptr<Part>> parts(tasks_.size());
  const traceql::Pruning& pruning = request_.query->pruning();
  ReadAhead ahead(sources_, tasks_,
                  {.pruning = request_.shortcuts.pruning ? &pruning : nullptr,
                   .columns = SearchedColumns(pruning),
                   .looks_for_traces = sources_.size() > 1,
                   .begins_slowly = request_.shortcuts.early_stop,
                   .is_done = nullptr,
                   .cancel_token = cancel_token()});
  const auto run = [&](size_t task) {
    const std::shared_ptr<const void> held = ahead.Begin(task);
    parts[task] = std::make_unique<Part>(sources_.budget());
    const Status status = SearchViews(tasks_[task], *parts[task]);
    ahead.End();
    return status;
  };
  const auto discard = [&](size_t task) { parts[task].reset(); };
  const auto take = [&](size_t task, const Status& status) {
    return Take(task, status, std::move(parts[task]), progress);
  };
  OrderedTasksOptions options = request_.tasks;
  options.begins_slowly = request_.shortcuts.early_stop;
  VIVACE_TRY(RunOrdered(tasks_.size(), options, {run, discard, take}));
  if (is_ended_) return {};
  next_source_ = sources_.size();
  sources_.UpdateStats(next_source_, stats_);
  return {};
}

Status Search::SearchViews(const ViewTask& task, Part& part) {
  if (sources_.is_skipped(task.source)) return {};  // a trace was looked for there
  SourceReader reader(sources_, cancel_token());
  VIVACE_ASSIGN(const size_t views, reader.ViewCount(task.source));
  const size_t end = task.is_last ? views : std::min<size_t>(task.first_view + 1, views);
  for (size_t index = task.first_view; index < end; ++index) {
    VIVACE_TRY(reader.CheckCancelled());
    SourceReader::Candidates candidates;
    if (request_.shortcuts.pruning) {
      VIVACE_ASSIGN(candidates, reader.MayMatch(task.source, index, request_.query->pruning()));
    }
    if (!candidates.any) continue;
    VIVACE_TRY(SearchNewestFirst(task.source, index, std::move(candidates.rows), reader, part));
  }
  return part.lease.Grow(part.kept.size() * kKeptBytes + part.shared.size() * sizeof(KeptTrace));
}

bool Search::IsSettledBefore(size_t source) const {
  return request_.shortcuts.early_stop && kept_.size() >= request_.limit &&
         kept_.rbegin()->start_unix_nanos > sources_.MaxEndUnixNanos(source);
}

// What could be read of a source before it turned out to be damaged stays in the answer.
Result<bool> Search::Take(size_t task, const Status& status, std::unique_ptr<Part> part,
                          const Progress& progress) {
  VIVACE_TRY(CheckCancelled(cancel_token()));
  const ViewTask& at = tasks_[task];
  if (!status) VIVACE_TRY(sources_.Skip(at.source, status.error()));
  if (!status || sources_.is_skipped(at.source)) left_out_ = at.source;
  if (left_out_ != at.source) {
    stats_.inspected_traces += part->inspected_traces;
    for (const KeptTrace& kept : part->kept) Keep(kept);
    shared_.insert(shared_.end(), part->shared.begin(), part->shared.end());
    part.reset();
  }
  const bool is_settled = task + 1 < tasks_.size() && IsSettledBefore(tasks_[task + 1].source);
  if (at.is_last || is_settled) VIVACE_TRY(EndSource(at.source, progress));
  VIVACE_TRY(ChargeForKept());
  return !is_settled && !is_ended_;
}

Status Search::EndSource(size_t source, const Progress& progress) {
  VIVACE_TRY(MatchShared(std::exchange(shared_, {})));
  next_source_ = source + 1;
  sources_.UpdateStats(next_source_, stats_);
  is_ended_ = progress && !progress(stats_);
  return {};
}

// The newest first, in batches that grow, as a few may be enough; then the others in order of id:
// those of a batch then lie near each other.
std::vector<Search::SharedBatch> Search::SharedBatches(std::vector<KeptTrace> shared) {
  std::erase_if(shared, [&](const KeptTrace& trace) {
    return !MayBeKept(trace, kept_) || !combined_.insert(trace.id).second;
  });
  std::ranges::sort(shared, std::less<>());
  std::vector<SharedBatch> batches;
  size_t begin = 0;
  for (size_t size = kFirstBatch; begin < shared.size() && size < kLargestBatch; size *= 8) {
    const size_t end = std::min(begin + size, shared.size());
    batches.push_back(BatchOf(std::span(shared).subspan(begin, end - begin)));
    begin = end;
  }
  std::ranges::sort(std::span(shared).subspan(begin), {}, &KeptTrace::id);
  for (; begin < shared.size(); begin += kLargestBatch) {
    const size_t end = std::min(begin + kLargestBatch, shared.size());
    batches.push_back(BatchOf(std::span(shared).subspan(begin, end - begin)));
  }
  return batches;
}

Search::SharedBatch Search::BatchOf(std::span<const KeptTrace> traces) {
  SharedBatch batch;
  for (const KeptTrace& trace : traces) {
    batch.newest_unix_nanos = std::max(batch.newest_unix_nanos, trace.start_unix_nanos);
    batch.ids.push_back(trace.id);
  }
  return batch;
}

Status Search::MatchShared(std::vector<KeptTrace> shared) {
  const std::vector<SharedBatch> batches = SharedBatches(std::move(shared));
  std::vector<std::vector<Found>> found(batches.size());
  const auto run = [&](size_t task) -> Status {
    if (batches[task].newest_unix_nanos < oldest_unix_nanos_) return {};
    VIVACE_ASSIGN(found[task], MatchCombined(batches[task].ids));
    return {};
  };
  const auto take = [&](size_t task, const Status& status) -> Result<bool> {
    VIVACE_TRY(status);
    for (Found& one : std::exchange(found[task], {})) {
      const KeptTrace kept{.start_unix_nanos = one->start_unix_nanos, .id = one->id};
      if (!MayBeKept(kept, kept_)) continue;
      AddDescribed(std::move(one));
      Keep(kept);
    }
    VIVACE_TRY(ChargeForKept());
    return task + 1 == batches.size() || batches[task + 1].newest_unix_nanos >= oldest_unix_nanos_;
  };
  OrderedTasksOptions options = request_.tasks;
  options.begins_slowly = true;
  return RunOrdered(batches.size(), options,
                    {run, [&](size_t task) { found[task].clear(); }, take});
}

// Those that match as a whole and overlap the window.
Result<std::vector<Search::Found>> Search::MatchCombined(std::vector<TraceId> ids) {
  std::ranges::sort(ids);
  SourceReader reader(sources_, cancel_token());
  std::vector<Found> found;
  VIVACE_TRY(places_.UseCombined(ids, reader, content_,
                                 [&](const SpanBatch& spans) { return MatchSpans(spans, found); }));
  return found;
}

Status Search::MatchSpans(const SpanBatch& spans, std::vector<Found>& found) const {
  const std::unique_ptr<CombinedTraces> combined = CombinedTraces::Make(spans, cancel_token());
  return combined == nullptr ? Status() : DescribeMatches(combined->rows(), found);
}

Status Search::DescribeMatches(const traceql::ViewRows& rows, std::vector<Found>& found) const {
  VIVACE_ASSIGN(const std::unique_ptr<traceql::TraceMatcher> matcher,
                request_.query->Prepare(rows));
  VIVACE_ASSIGN(const traceql::TraceDescriber describer,
                traceql::TraceDescriber::Make(request_.query->conditions(), rows));
  for (uint32_t trace = 0; trace < rows.trace_count(); ++trace) {
    VIVACE_TRY(rows.CheckCancelled());
    VIVACE_ASSIGN(const std::vector<traceql::SpansetResult> sets, matcher->Run(trace));
    if (sets.empty()) continue;
    auto one = std::make_shared<const traceql::FoundTrace>(
        describer.Describe(trace, sets, request_.spans_per_set));
    if (request_.window.OverlapsTrace(one->start_unix_nanos, one->end_unix_nanos))
      found.push_back(std::move(one));
  }
  return {};
}

bool Search::MayBeKept(const KeptTrace& candidate, const std::set<KeptTrace>& kept) const {
  return candidate.start_unix_nanos >= oldest_unix_nanos_.load(std::memory_order_relaxed) &&
         (kept.size() < request_.limit || candidate < *kept.rbegin());
}

void Search::Keep(const KeptTrace& kept) {
  if (!MayBeKept(kept, kept_) || !kept_.insert(kept).second) return;
  if (kept_.size() > request_.limit) {
    if (const auto last = described_.find(kept_.rbegin()->id); last != described_.end()) {
      described_bytes_ -= MemoryBytes(*last->second);
      described_.erase(last);
    }
    kept_.erase(std::prev(kept_.end()));
  }
  if (kept_.size() == request_.limit) oldest_unix_nanos_ = kept_.rbegin()->start_unix_nanos;
}

void Search::AddDescribed(Found found) {
  const size_t bytes = MemoryBytes(*found);
  if (described_.insert_or_assign(found->id, std::move(found)).second) described_bytes_ += bytes;
}

Status Search::ChargeForKept() {
  const size_t bytes = kept_.size() * kKeptBytes + combined_.size() * kTraceIdSetBytes +
                       shared_.size() * sizeof(KeptTrace) + described_.size() * kTraceIdSetBytes +
                       described_bytes_;
  if (bytes <= leased_bytes_) return {};
  VIVACE_TRY(lease_.Grow(bytes - leased_bytes_));
  leased_bytes_ = bytes;
  return {};
}

Result<Search::Traces> Search::CurrentTraces() { return Describe(0); }

Result<Search::Traces> Search::SettledTraces() {
  return Describe(next_source_ < sources_.size() ? sources_.MaxEndUnixNanos(next_source_) : 0);
}

// Traces of one row group together, from the pages of the columns shown that they lie in.
Status Search::DescribeByView(std::span<const KeptTrace> kept) {
  std::map<std::pair<uint32_t, uint32_t>, std::vector<KeptTrace>> by_view;
  for (const KeptTrace& one : kept) {
    if (one.source != kNoSource && !described_.contains(one.id))
      by_view[{one.source, one.view}].push_back(one);
  }
  std::vector<std::vector<KeptTrace>> views;
  for (auto& [view, traces] : by_view) views.push_back(std::move(traces));
  std::vector<std::vector<Found>> found(views.size());
  const auto run = [&](size_t task) -> Status {
    VIVACE_ASSIGN(found[task], DescribeInView(views[task]));
    return {};
  };
  const auto take = [&](size_t task, const Status& status) -> Result<bool> {
    if (!status) VIVACE_TRY(sources_.Skip(views[task].front().source, status.error()));
    for (Found& one : std::exchange(found[task], {})) AddDescribed(std::move(one));
    VIVACE_TRY(ChargeForKept());
    return true;
  };
  return RunOrdered(views.size(), request_.tasks,
                    {run, [&](size_t task) { found[task].clear(); }, take});
}

Result<SourceReader::NewestOfBlock> Search::NewestOf(size_t source, size_t index,
                                                     SourceReader& reader) const {
  if (!request_.shortcuts.newest_by_index) return SourceReader::NewestOfBlock();
  return reader.Newest(source, index);
}

BlockReader::ReadAhead Search::ReadShownAhead(const KeptTrace& first, const RowSet& rows,
                                              SourceReader& reader) {
  if (sources_.catalog().fetchers() == nullptr || !sources_.is_block(first.source)) return nullptr;
  LeafSet leaves = reader.LeavesOf(first.source, ShownColumns(*request_.query));
  leaves.Add(sources_.leaves_read());
  return reader.ReadViewAhead(first.source, first.view, leaves, rows, sources_.budget());
}

Result<std::vector<Search::Found>> Search::DescribeInView(std::vector<KeptTrace> kept) {
  std::ranges::sort(kept, {}, &KeptTrace::row);
  RowSet chosen;
  for (const KeptTrace& one : kept) chosen.Add(one.row, one.row + 1);
  const auto [source, index] = std::pair(kept.front().source, kept.front().view);
  SourceReader reader(sources_, cancel_token());
  VIVACE_ASSIGN(const SourceReader::NewestOfBlock newest, NewestOf(source, index, reader));
  const KnownTraces known = FindKnown(newest.traces, newest.first_row, chosen);
  const BlockReader::ReadAhead held = ReadShownAhead(kept.front(), chosen, reader);
  VIVACE_ASSIGN(const SourceReader::OpenView opened,
                reader.Open(source, index, SegmentView::Order::kByTrace, std::move(chosen)));
  std::optional<KnownTracesView> known_view;
  if (known.size() > 0) known_view.emplace(*opened.view, known);
  ColumnView& view = known_view.has_value() ? *known_view : *opened.view;
  std::vector<Found> found;
  VIVACE_TRY(DescribeMatches(traceql::ViewRows(view, cancel_token()), found));
  return found;
}

// Those that are kept and not described yet, of live segments mostly, are matched once more.
Status Search::DescribeCombined(std::span<const KeptTrace> kept) {
  std::vector<TraceId> ids;
  for (const KeptTrace& one : kept) {
    if (!described_.contains(one.id)) ids.push_back(one.id);
  }
  VIVACE_ASSIGN(const std::vector<Found> found, MatchCombined(std::move(ids)));
  for (const Found& one : found) AddDescribed(one);
  return ChargeForKept();
}

Result<Search::Traces> Search::Describe(uint64_t newer_than_unix_nanos) {
  const auto is_wanted = [&](const KeptTrace& kept) {
    return newer_than_unix_nanos == 0 || kept.start_unix_nanos > newer_than_unix_nanos;
  };
  std::vector<KeptTrace> wanted;
  std::ranges::copy_if(kept_, std::back_inserter(wanted), is_wanted);
  if (request_.shortcuts.describe_by_view) VIVACE_TRY(DescribeByView(wanted));
  VIVACE_TRY(DescribeCombined(wanted));
  Traces found;
  for (const KeptTrace& kept : wanted) {
    // None: the block that had it is gone or broken by now.
    if (const auto known = described_.find(kept.id); known != described_.end())
      found.push_back(known->second);
  }
  sources_.UpdateStats(next_source_, stats_);
  return found;
}

}  // namespace vivace
