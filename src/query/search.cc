#include "query/search.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "query/combined_trace.h"
#include "traceql/search/trace_describer.h"

namespace vivace {
namespace {

constexpr size_t kKeptBytes = 128;  // a node of the set; about

bool ReadsEvents(const traceql::TraceQuery& query) {
  return std::ranges::any_of(query.conditions(), [](const traceql::Condition& condition) {
    return traceql::LevelOf(condition.attribute) == traceql::AttributeLevel::kEvent;
  });
}

}  // namespace

Search::Search(const Ingester& ingester, BlockCatalog& catalog, SearchRequest request)
    : request_(std::move(request)),
      sources_(ingester, catalog, request_.tenants, request_.window, request_.sources),
      content_(ReadsEvents(*request_.query) ? BlockReader::Content::kAll
                                            : BlockReader::Content::kWithoutEvents),
      stats_(sources_.InitialStats()),
      lease_(&sources_.budget()) {}

Status Search::Run(const Progress& progress) {
  VIVACE_TRY(sources_.status());
  for (size_t source = 0; source < sources_.size(); ++source) {
    VIVACE_TRY(CheckCancelled(request_.cancel_token.get()));
    // Nothing from here on is newer than what is kept.
    if (request_.shortcuts.early_stop && kept_.size() >= request_.limit &&
        kept_.rbegin()->start_unix_nanos > sources_.MaxEndUnixNanos(source))
      break;
    if (const Status status = SearchSource(source); !status)
      VIVACE_TRY(sources_.SkipIfDamaged(source, status.error()));
    VIVACE_TRY(ChargeForKept());
    next_source_ = source + 1;
    sources_.UpdateStats(next_source_, stats_);
    if (progress && !progress(stats_)) return {};
  }
  next_source_ = sources_.size();
  sources_.UpdateStats(next_source_, stats_);
  return {};
}

Status Search::ChargeForKept() {
  const size_t bytes = kept_.size() * kKeptBytes + combined_.size() * kTraceIdSetBytes +
                       described_.size() * kTraceIdSetBytes + described_bytes_;
  if (bytes <= leased_bytes_) return {};
  VIVACE_TRY(lease_.Grow(bytes - leased_bytes_));
  leased_bytes_ = bytes;
  return {};
}

Status Search::SearchSource(size_t source) {
  VIVACE_ASSIGN(const size_t views, sources_.ViewCount(source));
  const auto order = is_by_span() ? SegmentView::Order::kByArrival : SegmentView::Order::kByTrace;
  for (size_t index = 0; index < views; ++index) {
    QuerySources::Candidates candidates;
    if (request_.shortcuts.pruning) {
      VIVACE_ASSIGN(candidates, sources_.MayMatch(source, index, request_.query->pruning()));
    }
    if (!candidates.any) continue;
    VIVACE_ASSIGN(const QuerySources::OpenView opened,
                  sources_.Open(source, index, order, candidates.rows));
    if (opened.view != nullptr)
      VIVACE_TRY(SearchView(source, index, *opened.view, candidates.rows));
  }
  return {};
}

Status Search::SearchView(size_t source, size_t index, ColumnView& view,
                          const std::optional<RowSet>& chosen) {
  const traceql::ViewRows rows(view, request_.cancel_token.get());
  VIVACE_ASSIGN(const std::unique_ptr<traceql::TraceMatcher> matcher,
                request_.query->Prepare(rows));
  VIVACE_ASSIGN(const std::span<const TraceId> ids, view.TraceIds());
  VIVACE_ASSIGN(const Column* starts, view.Load(Field::kTraceStart));
  VIVACE_ASSIGN(const Column* ends, view.Load(Field::kTraceEnd));
  stats_.inspected_traces += rows.trace_count();
  std::vector<uint8_t> passing;
  if (is_by_span()) {
    VIVACE_ASSIGN(passing, PassingTraces(rows, *matcher));
  }
  for (uint32_t trace = 0; trace < rows.trace_count(); ++trace) {
    if (trace % kTracesPerCheck == 0) VIVACE_TRY(CheckCancelled(request_.cancel_token.get()));
    if (!passing.empty() && passing[trace] == 0) continue;
    KeptTrace candidate{.start_unix_nanos = starts->numbers[trace], .id = ids[trace]};
    const uint32_t row = chosen.has_value() ? chosen->RowAt(trace) : trace;
    if (sources_.is_block(source))
      candidate = {candidate.start_unix_nanos, candidate.id, static_cast<uint32_t>(source),
                   static_cast<uint32_t>(index), row};
    const bool in_window =
        request_.window.OverlapsTrace(starts->numbers[trace], ends->numbers[trace]);
    // A trace begins no later than the part of it that is seen here.
    if (!IsNewEnough(candidate)) continue;
    VIVACE_TRY(SearchTrace(source, trace, passing.empty() ? matcher.get() : nullptr, candidate,
                           in_window));
  }
  return {};
}

// Traces that have a span that passes.
Result<std::vector<uint8_t>> Search::PassingTraces(const traceql::ViewRows& rows,
                                                   traceql::TraceMatcher& matcher) {
  VIVACE_ASSIGN(const std::optional<traceql::SpanMask> spans, matcher.PassingSpans());
  std::vector<uint8_t> traces(rows.trace_count());
  for (uint32_t span = 0; spans && span < spans->size(); ++span) {
    if ((*spans)[span] != 0) traces[rows.TraceOf(span)] = 1;
  }
  return traces;
}

Status Search::SearchTrace(size_t source, uint32_t trace, traceql::TraceMatcher* matcher,
                           const KeptTrace& candidate, bool in_window) {
  if (sources_.size() > 1) {
    if (combined_.contains(candidate.id)) return {};
    if (matcher != nullptr) {
      VIVACE_ASSIGN(const bool may_match, matcher->MayMatch(trace));
      if (!may_match) return {};
    }
    VIVACE_ASSIGN(const bool is_elsewhere, sources_.MayExistInOtherSources(
                                               candidate.id, source, request_.cancel_token.get()));
    if (is_elsewhere) {
      combined_.insert(candidate.id);
      VIVACE_ASSIGN(const auto combined, MatchCombined(candidate.id));
      if (combined != nullptr)
        Keep({.start_unix_nanos = combined->start_unix_nanos, .id = combined->id});
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
Result<std::shared_ptr<const traceql::FoundTrace>> Search::MatchCombined(const TraceId& id) {
  VIVACE_ASSIGN(const SpanBatch spans, sources_.Combine(id, content_));
  const std::unique_ptr<CombinedTrace> combined = CombinedTrace::Make(spans);
  if (combined == nullptr) return nullptr;
  VIVACE_ASSIGN(const std::unique_ptr<traceql::TraceMatcher> matcher,
                request_.query->Prepare(combined->rows()));
  VIVACE_ASSIGN(const std::vector<traceql::SpansetResult> sets, matcher->Run(0));
  if (sets.empty()) return nullptr;
  VIVACE_ASSIGN(const traceql::TraceDescriber describer,
                traceql::TraceDescriber::Make(request_.query->conditions(), combined->rows()));
  auto found = std::make_shared<const traceql::FoundTrace>(
      describer.Describe(0, sets, request_.spans_per_set));
  if (!request_.window.OverlapsTrace(found->start_unix_nanos, found->end_unix_nanos))
    return nullptr;
  AddDescribed(found);
  VIVACE_TRY(ChargeForKept());
  return found;
}

void Search::AddDescribed(std::shared_ptr<const traceql::FoundTrace> found) {
  const size_t bytes = MemoryBytes(*found);
  if (described_.insert_or_assign(found->id, std::move(found)).second) described_bytes_ += bytes;
}

bool Search::IsNewEnough(const KeptTrace& candidate) const {
  return kept_.size() < request_.limit || candidate < *kept_.rbegin();
}

void Search::Keep(const KeptTrace& kept) {
  if (!IsNewEnough(kept) || !kept_.insert(kept).second) return;
  if (kept_.size() <= request_.limit) return;
  if (const auto last = described_.find(kept_.rbegin()->id); last != described_.end()) {
    described_bytes_ -= MemoryBytes(*last->second);
    described_.erase(last);
  }
  kept_.erase(std::prev(kept_.end()));
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
  for (auto& [view, traces] : by_view) {
    if (const Status status = DescribeInView(std::move(traces)); !status)
      VIVACE_TRY(sources_.SkipIfDamaged(view.first, status.error()));
  }
  return {};
}

Status Search::DescribeInView(std::vector<KeptTrace> kept) {
  std::ranges::sort(kept, {}, &KeptTrace::row);
  RowSet chosen;
  for (const KeptTrace& one : kept) chosen.Add(one.row, one.row + 1);
  VIVACE_ASSIGN(const QuerySources::OpenView opened,
                sources_.Open(kept.front().source, kept.front().view, SegmentView::Order::kByTrace,
                              std::move(chosen)));
  if (opened.view == nullptr) return {};
  const traceql::ViewRows rows(*opened.view, request_.cancel_token.get());
  VIVACE_ASSIGN(const std::unique_ptr<traceql::TraceMatcher> matcher,
                request_.query->Prepare(rows));
  VIVACE_ASSIGN(const traceql::TraceDescriber describer,
                traceql::TraceDescriber::Make(request_.query->conditions(), rows));
  for (uint32_t row = 0; row < kept.size(); ++row) {
    VIVACE_TRY(CheckCancelled(request_.cancel_token.get()));
    VIVACE_ASSIGN(const std::vector<traceql::SpansetResult> sets, matcher->Run(row));
    AddDescribed(std::make_shared<const traceql::FoundTrace>(
        describer.Describe(row, sets, request_.spans_per_set)));
  }
  return ChargeForKept();
}

Result<Search::Traces> Search::Describe(uint64_t newer_than_unix_nanos) {
  const auto is_wanted = [&](const KeptTrace& kept) {
    return newer_than_unix_nanos == 0 || kept.start_unix_nanos > newer_than_unix_nanos;
  };
  std::vector<KeptTrace> wanted;
  std::ranges::copy_if(kept_, std::back_inserter(wanted), is_wanted);
  if (request_.shortcuts.describe_by_view) VIVACE_TRY(DescribeByView(wanted));
  Traces found;
  found.reserve(wanted.size());
  for (const KeptTrace& kept : wanted) {
    VIVACE_TRY(CheckCancelled(request_.cancel_token.get()));
    std::shared_ptr<const traceql::FoundTrace> trace;
    if (const auto known = described_.find(kept.id); known != described_.end()) {
      trace = known->second;
    } else {
      VIVACE_ASSIGN(trace, MatchCombined(kept.id));
    }
    // Null: the block that had it is gone or broken by now.
    if (trace != nullptr) found.push_back(std::move(trace));
  }
  sources_.UpdateStats(next_source_, stats_);
  return found;
}

}  // namespace vivace
