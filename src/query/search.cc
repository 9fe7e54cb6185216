#include "query/search.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "query/joined_trace.h"
#include "traceql/search/trace_describer.h"

namespace vivace {
namespace {

// Traces between two checks for cancellation.
constexpr uint32_t kTracesPerCheck = 16;

bool AsksAboutEvents(const traceql::TraceQuery& query) {
  return std::ranges::any_of(query.conditions(), [](const traceql::Condition& condition) {
    return traceql::ReachOf(condition.attribute) == traceql::Reach::kEvent;
  });
}

}  // namespace

Search::Search(const Ingester& ingester, BlockCatalog& catalog, SearchRequest request)
    : request_(std::move(request)),
      places_(ingester, catalog, request_.tenants, request_.window, request_.memory),
      content_(AsksAboutEvents(*request_.query) ? BlockReader::Content::kAll : BlockReader::Content::kWithoutEvents),
      stats_(places_.InitialStats()) {}

Status Search::Run(const Progress& progress) {
  for (size_t place = 0; place < places_.size(); ++place) {
    VIVACE_TRY(CheckCancelled(request_.cancelled.get()));
    // Nothing from here on is newer than what is kept.
    if (request_.shortcuts.early_stop && kept_.size() >= request_.limit && kept_.rbegin()->start_unix_nanos > places_.NewestNanos(place))
      break;
    if (const Status status = SearchPlace(place); !status) VIVACE_TRY(places_.Forgive(place, status.error()));
    next_place_ = place + 1;
    stats_.completed_jobs = static_cast<uint32_t>(next_place_);
    stats_.inspected_bytes = places_.inspected_bytes();
    if (progress && !progress(stats_)) return {};
  }
  stats_.completed_jobs = stats_.total_jobs;
  return {};
}

Status Search::SearchPlace(size_t place) {
  const size_t views = places_.ViewCount(place);
  const auto order = is_by_span() ? SegmentView::Order::kByArrival : SegmentView::Order::kByTrace;
  for (size_t index = 0; index < views; ++index) {
    QueryPlaces::Entering entering;
    if (request_.shortcuts.pruning) entering = places_.MayEnter(place, index, request_.query->pruning());
    if (!entering.any) continue;
    const std::unique_ptr<ColumnView> view = places_.Open(place, index, order, entering.rows);
    if (view != nullptr) VIVACE_TRY(SearchView(place, index, *view, entering.rows));
  }
  return {};
}

Status Search::SearchView(size_t place, size_t index, ColumnView& view, const std::optional<RowSet>& chosen) {
  const traceql::ViewRows rows(view, request_.cancelled.get());
  VIVACE_ASSIGN(const std::unique_ptr<traceql::TraceMatcher> matcher, request_.query->Prepare(rows));
  VIVACE_ASSIGN(const std::span<const TraceId> ids, view.TraceIds());
  VIVACE_ASSIGN(const Column* starts, view.Load(Field::kTraceStart));
  VIVACE_ASSIGN(const Column* ends, view.Load(Field::kTraceEnd));
  stats_.inspected_traces += rows.trace_count();
  std::vector<uint8_t> passing;
  if (is_by_span()) {
    VIVACE_ASSIGN(passing, PassingTraces(rows, *matcher));
  }
  for (uint32_t trace = 0; trace < rows.trace_count(); ++trace) {
    if (trace % kTracesPerCheck == 0) VIVACE_TRY(CheckCancelled(request_.cancelled.get()));
    if (!passing.empty() && passing[trace] == 0) continue;
    Kept candidate{.start_unix_nanos = starts->numbers[trace], .id = ids[trace]};
    const uint32_t row = chosen.has_value() ? chosen->RowAt(trace) : trace;
    if (places_.is_block(place))
      candidate = {candidate.start_unix_nanos, candidate.id, static_cast<uint32_t>(place), static_cast<uint32_t>(index), row};
    const bool in_window = request_.window.Overlaps(starts->numbers[trace], ends->numbers[trace]);
    // A trace begins no later than the part of it that is seen here.
    if (!CanEnter(candidate)) continue;
    VIVACE_TRY(SearchTrace(place, trace, passing.empty() ? matcher.get() : nullptr, candidate, in_window));
  }
  return {};
}

// Traces that have a span that passes.
Result<std::vector<uint8_t>> Search::PassingTraces(const traceql::ViewRows& rows, traceql::TraceMatcher& matcher) {
  VIVACE_ASSIGN(const std::optional<traceql::SpanMask> spans, matcher.PassingSpans());
  std::vector<uint8_t> traces(rows.trace_count());
  for (uint32_t span = 0; spans && span < spans->size(); ++span) {
    if ((*spans)[span] != 0) traces[rows.TraceOf(span)] = 1;
  }
  return traces;
}

Status Search::SearchTrace(size_t place, uint32_t trace, traceql::TraceMatcher* matcher, const Kept& candidate, bool in_window) {
  if (places_.size() > 1) {
    if (joined_.contains(candidate.id)) return {};
    if (matcher != nullptr) {
      VIVACE_ASSIGN(const bool may_match, matcher->MayMatch(trace));
      if (!may_match) return {};
    }
    if (places_.MayLieElsewhere(candidate.id, place)) {
      joined_.insert(candidate.id);
      VIVACE_ASSIGN(const auto joined, Join(candidate.id));
      if (joined != nullptr) Keep({.start_unix_nanos = joined->start_unix_nanos, .id = joined->id});
      return {};
    }
  }
  if (!in_window) return {};
  bool matches = matcher == nullptr;
  if (!matches) {
    VIVACE_ASSIGN(const std::vector<traceql::SpansetResult> sets, matcher->Run(trace));
    matches = !sets.empty();
  }
  if (matches) Keep(candidate);
  return {};
}

// Null where the whole trace does not match, or lies outside the window.
Result<std::shared_ptr<const traceql::FoundTrace>> Search::Join(const TraceId& id) {
  const std::unique_ptr<JoinedTrace> joined = JoinedTrace::Make(places_.Gather(id, content_));
  if (joined == nullptr) return nullptr;
  VIVACE_ASSIGN(const std::unique_ptr<traceql::TraceMatcher> matcher, request_.query->Prepare(joined->rows()));
  VIVACE_ASSIGN(const std::vector<traceql::SpansetResult> sets, matcher->Run(0));
  if (sets.empty()) return nullptr;
  VIVACE_ASSIGN(const traceql::TraceDescriber describer, traceql::TraceDescriber::Make(request_.query->conditions(), joined->rows()));
  auto found = std::make_shared<const traceql::FoundTrace>(describer.Describe(0, sets, request_.spans_per_set));
  if (!request_.window.Overlaps(found->start_unix_nanos, found->end_unix_nanos)) return nullptr;
  described_[id] = found;
  return found;
}

bool Search::CanEnter(const Kept& candidate) const { return kept_.size() < request_.limit || candidate < *kept_.rbegin(); }

void Search::Keep(const Kept& kept) {
  if (!CanEnter(kept) || !kept_.insert(kept).second) return;
  if (kept_.size() <= request_.limit) return;
  described_.erase(kept_.rbegin()->id);
  kept_.erase(std::prev(kept_.end()));
}

Result<Search::Traces> Search::Found() { return Describe(0); }

Result<Search::Traces> Search::Settled() { return Describe(next_place_ < places_.size() ? places_.NewestNanos(next_place_) : 0); }

// Traces of one row group together, from the pages of the columns shown that they lie in.
Status Search::DescribeByView(std::span<const Kept> kept) {
  std::map<std::pair<uint32_t, uint32_t>, std::vector<Kept>> by_view;
  for (const Kept& one : kept) {
    if (one.place != kNowhere && !described_.contains(one.id)) by_view[{one.place, one.view}].push_back(one);
  }
  for (auto& [view, traces] : by_view) {
    if (const Status status = DescribeInView(std::move(traces)); !status) VIVACE_TRY(places_.Forgive(view.first, status.error()));
  }
  return {};
}

Status Search::DescribeInView(std::vector<Kept> kept) {
  std::ranges::sort(kept, {}, &Kept::row);
  RowSet chosen;
  for (const Kept& one : kept) chosen.Add(one.row, one.row + 1);
  const auto view = places_.Open(kept.front().place, kept.front().view, SegmentView::Order::kByTrace, std::move(chosen));
  if (view == nullptr) return {};
  const traceql::ViewRows rows(*view, request_.cancelled.get());
  VIVACE_ASSIGN(const std::unique_ptr<traceql::TraceMatcher> matcher, request_.query->Prepare(rows));
  VIVACE_ASSIGN(const traceql::TraceDescriber describer, traceql::TraceDescriber::Make(request_.query->conditions(), rows));
  for (uint32_t row = 0; row < kept.size(); ++row) {
    VIVACE_TRY(CheckCancelled(request_.cancelled.get()));
    VIVACE_ASSIGN(const std::vector<traceql::SpansetResult> sets, matcher->Run(row));
    described_[kept[row].id] = std::make_shared<const traceql::FoundTrace>(describer.Describe(row, sets, request_.spans_per_set));
  }
  return {};
}

Result<Search::Traces> Search::Describe(uint64_t newer_than_unix_nanos) {
  const auto is_wanted = [&](const Kept& kept) { return newer_than_unix_nanos == 0 || kept.start_unix_nanos > newer_than_unix_nanos; };
  std::vector<Kept> wanted;
  std::ranges::copy_if(kept_, std::back_inserter(wanted), is_wanted);
  if (request_.shortcuts.describe_by_view) VIVACE_TRY(DescribeByView(wanted));
  Traces found;
  found.reserve(wanted.size());
  for (const Kept& kept : wanted) {
    VIVACE_TRY(CheckCancelled(request_.cancelled.get()));
    std::shared_ptr<const traceql::FoundTrace> trace;
    if (const auto known = described_.find(kept.id); known != described_.end()) {
      trace = known->second;
    } else {
      VIVACE_ASSIGN(trace, Join(kept.id));
    }
    // Null: the block that had it is gone or broken by now.
    if (trace != nullptr) found.push_back(std::move(trace));
  }
  stats_.inspected_bytes = places_.inspected_bytes();
  return found;
}

}  // namespace vivace
