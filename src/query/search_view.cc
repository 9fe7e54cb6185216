// Search: what it does with one view.
#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>

#include "query/known_traces_view.h"
#include "query/newest_rows.h"
#include "query/search.h"

namespace vivace {
namespace {

// How many traces of a row group are looked at first, and then, in multiples of those wanted.
constexpr size_t kNewestPerLimit[] = {3, 24};

// A view of candidates alone pays where they are fewer than one in so many.
constexpr size_t kFewShare = 8;

}  // namespace

// Where the newest traces of a row group match, the others need not be looked at, however many they
// are. Where they do not, in one row group, they hardly will in the next.
Status Search::SearchNewestFirst(size_t source, size_t index, std::optional<RowSet> rows,
                                 SourceReader& reader, Part& part) {
  VIVACE_ASSIGN(std::vector<RowBatch> batches, SplitByTime(source, index, rows, reader));
  if (batches.empty()) return SearchRows(source, index, std::move(rows), {}, reader, part);
  const uint64_t inspected = part.inspected_traces;
  for (size_t batch = 0; batch < batches.size(); ++batch) {
    newest_suffice_ = batch + 1 < batches.size();
    if (!newest_suffice_) part.inspected_traces = inspected;  // all of them once more
    VIVACE_TRY(SearchRows(source, index, batches[batch].rows, batches[batch].known, reader, part));
    const uint64_t next = batches[batch].next_unix_nanos;
    const bool is_full = part.kept.size() >= request_.limit;
    if (next < oldest_unix_nanos_ || (is_full && part.kept.rbegin()->start_unix_nanos > next))
      return {};
  }
  return {};
}

// A batch that hardly has enough matches is not worth it.
std::vector<size_t> Search::BatchSizes(size_t rows, uint64_t matches) const {
  std::vector<size_t> sizes;
  for (const size_t per_limit : kNewestPerLimit) {
    const size_t size = per_limit * request_.limit;
    const auto share = static_cast<double>(matches) / static_cast<double>(rows);
    if (rows > size && rows >= request_.shortcuts.newest_share_min * size &&
        share * static_cast<double>(per_limit) >= 1)
      sizes.push_back(size);
  }
  return sizes;
}

Result<std::vector<RowBatch>> Search::SplitByTime(size_t source, size_t index,
                                                  const std::optional<RowSet>& rows,
                                                  SourceReader& reader) const {
  if (!request_.shortcuts.newest_first || !request_.shortcuts.early_stop || !newest_suffice_ ||
      !sources_.is_block(source))
    return std::vector<RowBatch>();
  VIVACE_ASSIGN(const uint64_t matches,
                request_.shortcuts.pruning
                    ? reader.MostMatches(source, index, request_.query->pruning())
                    : Result<uint64_t>(traceql::Pruning::kNotKnown));
  VIVACE_ASSIGN(const SourceReader::NewestOfBlock newest, NewestOf(source, index, reader));
  if (newest.traces != nullptr) {
    const RowsOfView of_view{newest.first_row, newest.end_row, rows};
    std::vector<RowBatch> batches =
        SplitByIndex(newest.traces, sources_[source].meta->total_objects, of_view,
                     BatchSizes(of_view.size(), matches));
    if (!batches.empty()) return batches;
  }
  VIVACE_ASSIGN(const SourceReader::OpenView opened,
                reader.Open(source, index, SegmentView::Order::kByTrace, rows));
  const std::vector<size_t> sizes = BatchSizes(opened.view->rows(RowKind::kTrace), matches);
  if (sizes.empty()) return std::vector<RowBatch>();
  VIVACE_ASSIGN(const Column* starts, opened.view->Load(Field::kTraceStart));
  return SplitByStart(starts->numbers, rows, sizes);
}

Status Search::SearchRows(size_t source, size_t index, std::optional<RowSet> rows,
                          const KnownTraces& known, SourceReader& reader, Part& part) {
  const auto order = is_by_span() ? SegmentView::Order::kByArrival : SegmentView::Order::kByTrace;
  VIVACE_ASSIGN(const SourceReader::OpenView opened, reader.Open(source, index, order, rows));
  if (known.size() == 0) return SearchView({source, index, rows}, *opened.view, reader, part);
  KnownTracesView view(*opened.view, known);
  return SearchView({source, index, rows}, view, reader, part);
}

Status Search::SearchView(const ViewAt& at, ColumnView& view, SourceReader& reader, Part& part) {
  const traceql::ViewRows rows(view, cancel_token());
  VIVACE_ASSIGN(const std::unique_ptr<traceql::TraceMatcher> matcher,
                request_.query->Prepare(rows));
  part.inspected_traces += rows.trace_count();
  VIVACE_ASSIGN(std::vector<uint32_t> traces, CandidatesOf(rows, *matcher));
  if (traces.empty()) return {};
  if (!IsAloneWorthIt(at, rows.trace_count()))
    return SearchCandidates(at, traces, rows, *matcher, reader, part);
  if (traces.size() * kFewShare < rows.trace_count()) return SearchAlone(at, traces, reader, part);
  if (!is_by_span()) return SearchCandidates(at, traces, rows, *matcher, reader, part);
  return SearchNewestCandidates(at, std::move(traces), view, reader, part);
}

bool Search::IsAloneWorthIt(const ViewAt& at, size_t traces) const {
  return request_.shortcuts.candidates_alone && sources_.is_block(at.source) &&
         traces > request_.shortcuts.candidates_alone_min;
}

// Where the spans of a trace decide, hardly more candidates are looked at than there are results.
Status Search::SearchNewestCandidates(const ViewAt& at, std::vector<uint32_t> traces,
                                      ColumnView& view, SourceReader& reader, Part& part) {
  VIVACE_ASSIGN(const Column* starts, view.Load(Field::kTraceStart));
  const auto start_of = [&](uint32_t trace) { return starts->numbers[trace]; };
  std::ranges::sort(traces, std::greater(), start_of);
  size_t begin = 0;
  for (size_t size = 2 * request_.limit; begin < traces.size(); size *= kFewShare) {
    const uint64_t next = start_of(traces[begin]);
    const bool is_full = part.kept.size() >= request_.limit;
    if (next < oldest_unix_nanos_ || (is_full && part.kept.rbegin()->start_unix_nanos > next))
      return {};
    const size_t end = std::min(begin + size, traces.size());
    const std::span<uint32_t> newest = std::span(traces).subspan(begin, end - begin);
    std::ranges::sort(newest);
    VIVACE_TRY(SearchAlone(at, newest, reader, part));
    begin = end;
  }
  return {};
}

Status Search::SearchAlone(const ViewAt& at, std::span<const uint32_t> traces, SourceReader& reader,
                           Part& part) {
  std::optional<RowSet> rows = RowSet();
  for (const uint32_t trace : traces) {
    const uint32_t row = at.rows.has_value() ? at.rows->RowAt(trace) : trace;
    rows->Add(row, row + 1);
  }
  VIVACE_ASSIGN(const SourceReader::OpenView opened,
                reader.Open(at.source, at.index, SegmentView::Order::kByTrace, rows));
  const traceql::ViewRows alone(*opened.view, cancel_token());
  VIVACE_ASSIGN(const std::unique_ptr<traceql::TraceMatcher> matcher,
                request_.query->Prepare(alone));
  std::vector<uint32_t> all(traces.size());
  std::iota(all.begin(), all.end(), 0);
  return SearchCandidates({at.source, at.index, rows}, all, alone, *matcher, reader, part);
}

// By what columns of spans say alone, before others are read: those of traces, or nested sets.
Result<std::vector<uint32_t>> Search::CandidatesOf(const traceql::ViewRows& rows,
                                                   traceql::TraceMatcher& matcher) const {
  std::vector<uint32_t> traces;
  if (is_by_span()) {
    VIVACE_ASSIGN(const std::optional<traceql::SpanMask> spans, matcher.PassingSpans());
    std::vector<uint8_t> passing(rows.trace_count());
    for (uint32_t span = 0; spans && span < spans->size(); ++span) {
      if ((*spans)[span] != 0) passing[rows.TraceOf(span)] = 1;
    }
    for (uint32_t trace = 0; trace < passing.size(); ++trace) {
      if (passing[trace] != 0) traces.push_back(trace);
    }
    return traces;
  }
  const Column* starts = nullptr;
  if (oldest_unix_nanos_ > 0) {
    VIVACE_ASSIGN(starts, rows.view().Load(Field::kTraceStart));
  }
  for (uint32_t trace = 0; trace < rows.trace_count(); ++trace) {
    if (trace % kTracesPerCheck == 0) VIVACE_TRY(rows.CheckCancelled());
    if (starts != nullptr && starts->numbers[trace] < oldest_unix_nanos_) continue;
    VIVACE_ASSIGN(const bool may_match, matcher.MayMatch(trace));
    if (may_match) traces.push_back(trace);
  }
  return traces;
}

Status Search::SearchCandidates(const ViewAt& at, std::span<const uint32_t> traces,
                                const traceql::ViewRows& rows, traceql::TraceMatcher& matcher,
                                SourceReader& reader, Part& part) {
  ColumnView& view = rows.view();
  VIVACE_ASSIGN(const std::span<const TraceId> ids, view.TraceIds());
  VIVACE_ASSIGN(const Column* starts, view.Load(Field::kTraceStart));
  VIVACE_ASSIGN(const Column* ends, view.Load(Field::kTraceEnd));
  for (size_t i = 0; i < traces.size(); ++i) {
    if (i % kTracesPerCheck == 0) VIVACE_TRY(reader.CheckCancelled());
    const uint32_t trace = traces[i];
    KeptTrace candidate{.start_unix_nanos = starts->numbers[trace], .id = ids[trace]};
    // A trace begins no later than the part of it that is seen here.
    if (!MayBeKept(candidate, part.kept)) continue;
    if (sources_.is_block(at.source))
      candidate = {candidate.start_unix_nanos, candidate.id, static_cast<uint32_t>(at.source),
                   static_cast<uint32_t>(at.index),
                   at.rows.has_value() ? at.rows->RowAt(trace) : trace};
    const bool in_window =
        request_.window.OverlapsTrace(starts->numbers[trace], ends->numbers[trace]);
    VIVACE_TRY(SearchTrace(at.source, trace, is_by_span() ? nullptr : &matcher, candidate,
                           in_window, reader, part));
  }
  return {};
}

Status Search::SearchTrace(size_t source, uint32_t trace, traceql::TraceMatcher* matcher,
                           const KeptTrace& candidate, bool in_window, SourceReader& reader,
                           Part& part) {
  if (sources_.size() > 1) {
    VIVACE_ASSIGN(const bool is_elsewhere, places_.IsElsewhere(candidate.id, source, reader));
    if (is_elsewhere) {
      part.shared.push_back(candidate);
      return {};
    }
  }
  if (!in_window) return {};
  if (matcher != nullptr) {
    VIVACE_ASSIGN(const std::vector<traceql::SpansetResult> sets, matcher->Run(trace));
    if (sets.empty()) return {};
  }
  part.kept.insert(candidate);
  if (part.kept.size() > request_.limit) part.kept.erase(std::prev(part.kept.end()));
  return {};
}

}  // namespace vivace
