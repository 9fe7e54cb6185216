#include "query/trace_places.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "query/read_ahead.h"

namespace vivace {
namespace {

// What it costs, about: to ask one block's bloom filter, to look for a trace where it may be, to
// read and merge the ids of a block. Measured; only when ids are merged depends on them.
constexpr uint64_t kAskNanos = 60;
constexpr uint64_t kLookNanos = 1'000'000;
constexpr uint64_t kRemoteLookNanos = 100'000'000;  // two requests, one after the other
constexpr double kMergeNanosPerTrace = 100;
constexpr double kMergeNanosPerBlock = 1e6;
// What ids and shared traces may take: the views need the rest.
constexpr size_t kMergeBytesMax = QuerySources::kQueryBytesMax / 4;

using TracePartCounts = std::unordered_map<TraceId, uint32_t, TraceIdHash>;

// Fewer blocks are asked one by one.
constexpr size_t kIndexedBlocksMin = 32;

// Sorts the spans of the traces that have `parts` of more than one source; those of the others stay
// as they are, and come first.
SpanBatch SortedByTime(const SpanBatch& batch, const TracePartCounts& parts) {
  const SpanColumns& spans = batch.spans;
  std::vector<uint32_t> rows(spans.size());
  std::iota(rows.begin(), rows.end(), 0);
  const auto of_several = std::ranges::stable_partition(
      rows, [&](uint32_t row) { return parts.at(spans.trace_id[row]) < 2; });
  std::ranges::stable_sort(of_several, {}, [&](uint32_t row) {
    return std::tie(spans.start_unix_nanos[row], spans.span_id[row]);
  });
  SpanBatchBuilder sorted;
  AppendSpans(batch, rows, sorted);
  return sorted.Take();
}

}  // namespace

TracePlaces::TracePlaces(QuerySources& sources)
    : sources_(sources),
      merge_budget_(kMergeBytesMax, &sources.budget()),
      look_nanos_(sources.catalog().fetchers() == nullptr ? kLookNanos : kRemoteLookNanos) {
  for (uint32_t source = 0; source < sources_.size(); ++source) {
    if (!sources_.is_block(source)) {
      segments_.push_back(source);
    } else {
      merge_nanos_ +=
          kMergeNanosPerBlock +
          kMergeNanosPerTrace * static_cast<double>(sources_[source].meta->total_objects);
    }
  }
}

Status TracePlaces::IndexBlooms(SourceReader& reader) {
  if (is_indexed_.load(std::memory_order_acquire)) return {};
  const std::lock_guard lock(index_mutex_);
  if (is_indexed_.load(std::memory_order_relaxed)) return {};
  index_.emplace(&sources_.budget());
  unindexed_.clear();
  for (uint32_t source = 0; source < sources_.size(); ++source)
    VIVACE_TRY(IndexBloom(source, reader));
  index_->Build();
  is_indexed_.store(true, std::memory_order_release);
  return {};
}

Status TracePlaces::IndexBloom(uint32_t source, SourceReader& reader) {
  const bool is_worth_it = sources_.size() >= kIndexedBlocksMin;
  std::shared_ptr<const BloomShard> filter;
  if (sources_.is_block(source) && is_worth_it) {
    VIVACE_ASSIGN(filter, reader.SoleBloomShard(source));
    if (sources_.is_skipped(source)) return {};
  }
  if (filter != nullptr && filter->is_sparse()) return index_->Add(source, std::move(filter));
  unindexed_.push_back(source);
  return {};
}

Result<TracePlaces::Sources> TracePlaces::SourcesThatMayHave(const TraceId& id,
                                                             SourceReader& reader) {
  VIVACE_TRY(IndexBlooms(reader));
  Sources sources = unindexed_;
  index_->SourcesOf(id, sources);
  if (sources.size() != unindexed_.size()) std::ranges::sort(sources);
  return sources;
}

// To buy once what has been rented costs at most twice what the better one would have. Others go on
// asking meanwhile.
Status TracePlaces::MergeIfWorthIt(SourceReader& reader) {
  const auto asked = static_cast<double>(asked_nanos_.load(std::memory_order_relaxed));
  if (asked <= merge_nanos_ || is_merge_tried_.load(std::memory_order_relaxed) ||
      is_merge_tried_.exchange(true))
    return {};
  return MergeIds(reader);
}

// Nothing is decided here about blocks that cannot be read: whoever needs them will.
Status TracePlaces::AddIds(uint32_t source, SourceReader& reader, SharedTraces& shared) {
  const int64_t count = sources_[source].meta->total_objects;
  VIVACE_TRY(shared.Reserve(static_cast<size_t>(std::max<int64_t>(count, 0))));
  VIVACE_ASSIGN(std::vector<TraceId> ids, reader.TraceIds(source));
  shared.Add(source, std::move(ids));
  return {};
}

Status TracePlaces::MergeIds(SourceReader& reader) {
  SharedTraces& shared = shared_.emplace(&merge_budget_);
  const auto held = ReadIdsAhead(sources_, sources_.budget());
  Status status;
  for (uint32_t source = 0; status && source < sources_.size(); ++source) {
    VIVACE_TRY(reader.CheckCancelled());
    if (sources_.is_block(source) && !sources_.is_skipped(source))
      status = AddIds(source, reader, shared);
  }
  if (status) status = shared.Build();
  if (status) {
    shared_ready_.store(&shared, std::memory_order_release);
  } else {
    shared_.reset();
  }
  return {};
}

// Segments, which grow, are asked at the moment.
bool TracePlaces::IsInSegment(const TraceId& id) const {
  return std::ranges::any_of(
      segments_, [&](uint32_t segment) { return sources_[segment].segment->columns.Contains(id); });
}

Result<bool> TracePlaces::IsElsewhere(const TraceId& id, size_t source, SourceReader& reader) {
  VIVACE_TRY(MergeIfWorthIt(reader));
  const SharedTraces* known = shared();
  if (known == nullptr || !sources_.is_block(source)) return AskOthers(id, source, reader);
  return !known->SourcesOf(id).empty() || IsInSegment(id);
}

Result<bool> TracePlaces::AskOthers(const TraceId& id, size_t source, SourceReader& reader) {
  VIVACE_ASSIGN(const Sources others, SourcesThatMayHave(id, reader));
  uint64_t cost = kAskNanos * others.size();
  for (const uint32_t other : others) {
    if (other == source) continue;
    VIVACE_ASSIGN(const bool may_have, reader.MayHave(other, id));
    if (!may_have) continue;
    cost += sources_.is_block(other) ? look_nanos_ : 0;
    VIVACE_ASSIGN(const bool has, reader.Has(other, id));
    if (!has) continue;
    asked_nanos_.fetch_add(cost, std::memory_order_relaxed);
    return true;
  }
  asked_nanos_.fetch_add(cost, std::memory_order_relaxed);
  return false;
}

// Exactly the blocks, where they are known.
Result<TracePlaces::Sources> TracePlaces::SourcesToCombine(const TraceId& id,
                                                           SourceReader& reader) {
  const SharedTraces* known = shared();
  const std::span<const uint32_t> blocks =
      known == nullptr ? std::span<const uint32_t>() : known->SourcesOf(id);
  if (blocks.empty()) return SourcesThatMayHave(id, reader);
  Sources sources(blocks.begin(), blocks.end());
  sources.insert(sources.end(), segments_.begin(), segments_.end());
  std::ranges::sort(sources);
  return sources;
}

Result<TracePlaces::IdsBySource> TracePlaces::PlanCombining(std::span<const TraceId> ids,
                                                            SourceReader& reader) {
  IdsBySource plan;
  for (const TraceId& id : ids) {
    VIVACE_ASSIGN(const Sources sources, SourcesToCombine(id, reader));
    for (const uint32_t source : sources) {
      VIVACE_ASSIGN(const bool may_have, reader.MayHave(source, id));
      if (may_have) plan[source].push_back(id);
    }
  }
  return plan;
}

Result<TracePlaces::Combined> TracePlaces::Combine(std::span<const TraceId> ids,
                                                   SourceReader& reader,
                                                   BlockReader::Content content) {
  VIVACE_ASSIGN(const IdsBySource plan, PlanCombining(ids, reader));
  SpanBatchBuilder all;
  TracePartCounts parts;
  MemoryLease lease(&sources_.budget());
  size_t leased = 0;
  for (const auto& [source, traces] : plan) {
    VIVACE_TRY(reader.CheckCancelled());
    const auto found = [&](size_t number) -> Status {
      ++parts[traces[number]];
      // As it is, sorted, and as columns.
      const size_t bytes = 3 * all.batch().MemoryBytes();
      if (bytes <= leased) return {};
      VIVACE_TRY(lease.Grow(bytes - leased));
      leased = bytes;
      return {};
    };
    VIVACE_TRY(reader.AppendAll(source, traces, content, all, found));
  }
  return Combined{std::move(lease), SortedByTime(all.batch(), parts)};
}

Status TracePlaces::UseCombined(std::span<const TraceId> ids, SourceReader& reader,
                                BlockReader::Content content, const UseSpans& use) {
  const Result<Combined> combined = Combine(ids, reader, content);
  if (combined.has_value()) return use(combined->spans);
  if (combined.error().code != ErrorCode::kResourceExhausted || ids.size() < 2)
    return std::unexpected(combined.error());
  const size_t half = ids.size() / 2;
  VIVACE_TRY(UseCombined(ids.first(half), reader, content, use));
  return UseCombined(ids.subspan(half), reader, content, use);
}

}  // namespace vivace
