#include "query/query_sources.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "base/unix_time.h"

namespace vivace {
namespace {

// Where more than this share of the rows are candidates, leaving out the others does not pay.
constexpr double kCandidateShareMax = 0.8;

// What it costs, about: to ask one block's bloom filter, to look for a trace where it may be, to
// read and merge the ids of a block. Measured; only when ids are merged depends on them.
constexpr double kAskNanos = 60;
constexpr double kCombineNanos = 1e6;
constexpr double kMergeNanosPerTrace = 100;
constexpr double kMergeNanosPerBlock = 1e6;
// What ids and shared traces may take: the views need the rest.
constexpr size_t kMergeBytesMax = QuerySources::kQueryBytesMax / 4;

// Fewer blocks are asked one by one.
constexpr size_t kIndexedBlocksMin = 32;

SpanBatch InOrderOfTime(const SpanBatch& batch) {
  const SpanColumns& spans = batch.spans;
  std::vector<uint32_t> rows(spans.size());
  std::iota(rows.begin(), rows.end(), 0);
  std::ranges::stable_sort(rows, {}, [&](uint32_t row) {
    return std::tie(spans.start_unix_nanos[row], spans.span_id[row]);
  });
  SpanBatchBuilder sorted;
  AppendSpans(batch, rows, sorted);
  return sorted.Take();
}

uint64_t UnixNanos(int64_t unix_seconds) {
  constexpr uint64_t kSecondsMax = UINT64_MAX / kNanosPerSecond;
  const auto seconds = static_cast<uint64_t>(std::max<int64_t>(unix_seconds, 0));
  return seconds > kSecondsMax ? UINT64_MAX : seconds * kNanosPerSecond;
}

}  // namespace

QuerySources::QuerySources(const Ingester& ingester, BlockCatalog& catalog,
                           const std::vector<std::string>& tenants, const TimeWindow& window,
                           const SourceOptions& options)
    : catalog_(catalog),
      gone_(options.gone),
      budget_(kQueryBytesMax, options.server_budget),
      list_lease_(&budget_) {
  // Segments first: one that becomes a block in between is then known by its id.
  for (const std::string& tenant : tenants) AddSegments(ingester, tenant, window);
  for (const std::string& tenant : tenants) {
    if (status_) status_ = AddBlocks(tenant, window);
  }
  std::ranges::stable_sort(sources_, std::ranges::greater(), &Source::max_end_unix_nanos);
  NoteKinds();
}

void QuerySources::NoteKinds() {
  segments_.clear();
  merge_nanos_ = 0;
  for (uint32_t source = 0; source < sources_.size(); ++source) {
    if (!is_block(source)) segments_.push_back(source);
    if (is_block(source))
      merge_nanos_ +=
          kMergeNanosPerBlock +
          kMergeNanosPerTrace * static_cast<double>(sources_[source].meta->total_objects);
  }
}

void QuerySources::AddSegments(const Ingester& ingester, const std::string& tenant,
                               const TimeWindow& window) {
  for (auto& segment : ingester.Segments(tenant)) {
    const uint64_t newest = segment->columns.max_end_unix_nanos();
    if (segment->columns.span_count() == 0 ||
        !window.Overlaps(segment->columns.min_start_unix_nanos(), newest))
      continue;
    sources_.push_back(
        {.segment = std::move(segment), .meta = nullptr, .max_end_unix_nanos = newest});
  }
  // After that: one that is set aside meanwhile is counted, or still among the others.
  set_aside_segments_ += static_cast<uint32_t>(
      ingester.set_aside().CountBetween(tenant, window.start_unix_nanos, window.end_unix_nanos));
}

Status QuerySources::AddBlocks(const std::string& tenant, const TimeWindow& window) {
  VIVACE_ASSIGN(const auto listed, catalog_.Blocks(tenant));
  // In the list, and once more while it is sorted.
  VIVACE_TRY(list_lease_.Grow(2 * listed->blocks.size() * sizeof(Source)));
  std::set<Uuid> segments;
  for (const Source& source : sources_) {
    if (source.segment != nullptr) segments.insert(source.segment->id);
  }
  unlisted_blocks_ += listed->damaged;
  for (const std::shared_ptr<const BlockMeta>& meta : listed->blocks) {
    const auto [start_seconds, end_seconds] = meta->TimesOfSpans();
    const uint64_t end = UnixNanos(end_seconds);
    if (!window.Overlaps(UnixNanos(start_seconds), end) || segments.contains(meta->block_id))
      continue;
    sources_.push_back({.segment = nullptr, .meta = meta, .max_end_unix_nanos = end});
  }
  return {};
}

QueryStats QuerySources::InitialStats() const {
  QueryStats stats{.total_blocks = unlisted_blocks_,
                   .total_jobs = static_cast<uint32_t>(sources_.size()) + unlisted_blocks_,
                   .damaged_blocks = unlisted_blocks_,
                   .set_aside_segments = set_aside_segments_};
  for (const Source& source : sources_) {
    if (source.segment != nullptr) continue;
    ++stats.total_blocks;
    stats.total_block_bytes += source.meta->size_bytes;
  }
  return stats;
}

void QuerySources::KeepNewestBlocks(size_t blocks_max) {
  size_t blocks = 0;
  std::erase_if(sources_, [&](const Source& source) {
    return source.segment == nullptr && ++blocks > blocks_max;
  });
  NoteKinds();
}

void QuerySources::UpdateStats(size_t sources, QueryStats& stats) const {
  stats.inspected_bytes = stats_.bytes();
  stats.damaged_blocks = unlisted_blocks_ + damaged_sources_;
  stats.damaged_extra_files = damaged_extra_files_;
  stats.set_aside_segments = set_aside_segments_;
  const auto done = static_cast<uint32_t>(sources);
  stats.completed_jobs = done - std::min(done, damaged_sources_);
}

Status QuerySources::Skip(Source& source, const Error& error) {
  if (source.segment != nullptr) return std::unexpected(error);
  VIVACE_TRY(CheckMayLeaveOut(catalog_, *source.meta, error, gone_));
  Report(source, error);
  return {};
}

void QuerySources::Report(Source& source, const Error& error) {
  if (std::exchange(source.is_damaged, true)) return;
  ++damaged_sources_;
  catalog_.ReportDamage(*source.meta, error);
}

template <typename T, typename Read>
Result<std::optional<T>> QuerySources::ReadBlock(Source& source, const Read& read) {
  if (source.is_damaged) return std::nullopt;
  const Result<std::shared_ptr<BlockReader>> reader = catalog_.Reader(source.meta);
  if (!reader.has_value()) {
    VIVACE_TRY(Skip(source, reader.error()));
    return std::nullopt;
  }
  const uint64_t reads = stats_.reads;
  Result<T> result = read(*reader);
  if (stats_.reads != reads) VIVACE_TRY(Recount(**reader));
  if (result.has_value()) return *std::move(result);
  VIVACE_TRY(Skip(source, result.error()));
  return std::nullopt;
}

// A reader grows by what it reads, and counting costs more than asking a bloom filter does.
Status QuerySources::Recount(const BlockReader& reader) {
  reader_lease_.emplace(&budget_);
  return reader_lease_->Grow(catalog_.Used(reader));
}

Result<size_t> QuerySources::ViewCount(size_t source) {
  if (!is_block(source)) return 1;
  VIVACE_ASSIGN(const std::optional<size_t> count,
                ReadBlock<size_t>(sources_[source], [&](const auto& reader) {
                  return reader->RowGroupCount(stats_);
                }));
  return count.value_or(0);
}

Result<QuerySources::OpenView> QuerySources::Open(size_t source, size_t view,
                                                  SegmentView::Order order,
                                                  std::optional<RowSet> rows) {
  if (!is_block(source)) {
    OpenView opened;
    opened.view = std::make_unique<SegmentView>(sources_[source].segment->columns, order);
    return opened;
  }
  const auto open = [&](const std::shared_ptr<BlockReader>& reader) -> Result<OpenView> {
    OpenView opened(catalog_, reader, budget_);
    VIVACE_ASSIGN(opened.view, reader->OpenView(view, stats_, &budget_, std::move(rows)));
    VIVACE_TRY(opened.reader_lease.Grow(reader->MemoryBytes()));
    return opened;
  };
  VIVACE_ASSIGN(std::optional<OpenView> opened, ReadBlock<OpenView>(sources_[source], open));
  return std::move(opened).value_or(OpenView());
}

Result<QuerySources::Candidates> QuerySources::MayMatch(size_t source, size_t view,
                                                        const traceql::Pruning& pruning) {
  if (!is_block(source)) {
    const Segment& segment = sources_[source].segment->columns;
    VIVACE_ASSIGN(const bool any, pruning.MayMatch([&](const ColumnName& column,
                                                       const ValuePredicate& passes) {
      return Result<bool>(column.field.has_value() || segment.MayMatch(column.key, passes));
    }));
    return Candidates{.any = any, .rows = {}};
  }
  const auto look = [&](const std::shared_ptr<BlockReader>& reader) -> Result<Candidates> {
    VIVACE_ASSIGN(const bool any,
                  pruning.MayMatch([&](const ColumnName& column, const ValuePredicate& passes) {
                    return reader->MayMatch(view, column, passes, stats_);
                  }));
    if (!any) return Candidates{.any = false, .rows = {}};
    return CandidateRows(*reader, view, pruning);
  };
  VIVACE_ASSIGN(std::optional<Candidates> candidates,
                ReadBlock<Candidates>(sources_[source], look));
  return std::move(candidates).value_or(Candidates{.any = false, .rows = {}});
}

Result<QuerySources::Candidates> QuerySources::CandidateRows(const BlockReader& reader, size_t view,
                                                             const traceql::Pruning& pruning) {
  VIVACE_ASSIGN(const uint32_t count, reader.RowCount(view, stats_));
  const auto rows_that_may_have = [&](const ColumnName& column, const RangePredicate& may_pass) {
    return reader.RowsThatMayMatch(view, column, may_pass, stats_);
  };
  VIVACE_ASSIGN(RowSet rows, pruning.RowsThatMayMatch(count, rows_that_may_have));
  if (rows.empty()) return Candidates{.any = false, .rows = {}};
  if (rows.size() > kCandidateShareMax * count) return Candidates();
  return Candidates{.any = true, .rows = std::move(rows)};
}

Status QuerySources::IndexBlooms() {
  if (index_.has_value()) return {};
  index_.emplace(&budget_);
  const bool is_worth_it = sources_.size() >= kIndexedBlocksMin;
  for (uint32_t source = 0; source < sources_.size(); ++source) {
    std::shared_ptr<const BloomShard> filter;
    if (is_block(source) && is_worth_it) {
      VIVACE_ASSIGN(const auto read, ReadBlock<std::shared_ptr<const BloomShard>>(
                                         sources_[source], [&](const auto& reader) {
                                           return reader->SoleBloomShard(stats_);
                                         }));
      if (!read.has_value()) continue;  // skipped
      filter = *read;
    }
    if (filter != nullptr && filter->is_sparse()) {
      VIVACE_TRY(index_->Add(source, std::move(filter)));
    } else {
      unindexed_.push_back(source);
    }
  }
  index_->Build();
  return {};
}

Result<std::span<const uint32_t>> QuerySources::SourcesThatMayHave(const TraceId& id) {
  VIVACE_TRY(IndexBlooms());
  candidates_ = unindexed_;
  index_->SourcesOf(id, candidates_);
  if (candidates_.size() != unindexed_.size()) std::ranges::sort(candidates_);
  return candidates_;
}

Result<bool> QuerySources::MayContain(Source& source, const TraceId& id) {
  if (source.segment != nullptr) return source.segment->columns.Contains(id);
  VIVACE_ASSIGN(
      const std::optional<bool> may_contain,
      ReadBlock<bool>(source, [&](const auto& reader) { return reader->MayContain(id, stats_); }));
  return may_contain.value_or(false);
}

// To buy once what has been rented costs at most twice what the better one would have.
bool QuerySources::IsWorthMerging() const {
  return !is_merge_tried_ && asked_nanos_ > merge_nanos_;
}

// Nothing is decided here about blocks that cannot be read: whoever needs them will.
Status QuerySources::AddIds(uint32_t source, SharedTraces& shared) {
  const std::shared_ptr<const BlockMeta>& meta = sources_[source].meta;
  const auto count = static_cast<size_t>(std::max<int64_t>(meta->total_objects, 0));
  VIVACE_TRY(shared.Reserve(count));
  VIVACE_ASSIGN(const std::shared_ptr<BlockReader> reader, catalog_.Reader(meta));
  VIVACE_ASSIGN(std::vector<TraceId> ids, reader->TraceIds(count, stats_));
  VIVACE_TRY(Recount(*reader));
  shared.Add(source, std::move(ids));
  return {};
}

Status QuerySources::MergeIds(const CancelToken* cancel_token) {
  is_merge_tried_ = true;
  merge_budget_.emplace(kMergeBytesMax, &budget_);
  SharedTraces& shared = shared_.emplace(&*merge_budget_);
  Status status;
  for (uint32_t source = 0; status && source < sources_.size(); ++source) {
    VIVACE_TRY(CheckCancelled(cancel_token));
    if (is_block(source) && !sources_[source].is_damaged) status = AddIds(source, shared);
  }
  if (status) status = shared.Build();
  if (!status) shared_.reset();
  return {};
}

// Segments, which grow, are asked at the moment.
Result<bool> QuerySources::MayExistInOtherSources(const TraceId& id, size_t source,
                                                  const CancelToken* cancel_token) {
  if (IsWorthMerging()) VIVACE_TRY(MergeIds(cancel_token));
  if (!shared_.has_value() || !is_block(source)) return MayBeElsewhereByBloom(id, source);
  if (!shared_->SourcesOf(id).empty()) return true;
  return std::ranges::any_of(
      segments_, [&](uint32_t segment) { return sources_[segment].segment->columns.Contains(id); });
}

Result<bool> QuerySources::MayBeElsewhereByBloom(const TraceId& id, size_t source) {
  VIVACE_ASSIGN(const std::span<const uint32_t> others, SourcesThatMayHave(id));
  asked_nanos_ += kAskNanos * static_cast<double>(others.size());
  for (const uint32_t other : others) {
    if (other == source) continue;
    VIVACE_ASSIGN(const bool may_contain, MayContain(sources_[other], id));
    if (!may_contain) continue;
    asked_nanos_ += kCombineNanos;
    return true;
  }
  return false;
}

Result<bool> QuerySources::Append(Source& source, const TraceId& id, BlockReader::Content content,
                                  SpanBatchBuilder& out) {
  if (source.segment != nullptr) return source.segment->columns.FindTrace(id, out);
  const uint64_t damaged_extra_files = stats_.damaged_extra_files;
  VIVACE_ASSIGN(const std::optional<bool> found, ReadBlock<bool>(source, [&](const auto& reader) {
                  return reader->FindTrace(id, out, stats_, content);
                }));
  if (stats_.damaged_extra_files != damaged_extra_files) {
    ++damaged_extra_files_;
    catalog_.ReportDamage(*source.meta, {ErrorCode::kDataLoss, stats_.extra_problem});
  }
  return found.value_or(false);
}

// Exactly the blocks, where they are known.
Result<std::span<const uint32_t>> QuerySources::SourcesToCombine(const TraceId& id) {
  const std::span<const uint32_t> blocks =
      shared_.has_value() ? shared_->SourcesOf(id) : std::span<const uint32_t>();
  if (blocks.empty()) return SourcesThatMayHave(id);
  candidates_.assign(blocks.begin(), blocks.end());
  candidates_.insert(candidates_.end(), segments_.begin(), segments_.end());
  std::ranges::sort(candidates_);
  return candidates_;
}

Result<SpanBatch> QuerySources::Combine(const TraceId& id, BlockReader::Content content) {
  VIVACE_ASSIGN(const std::span<const uint32_t> candidates, SourcesToCombine(id));
  SpanBatchBuilder parts;
  size_t part_count = 0;
  for (const uint32_t source : candidates) {
    VIVACE_ASSIGN(const bool found, Append(sources_[source], id, content, parts));
    if (!found) continue;
    ++part_count;
    // As it is, sorted, and as columns.
    combined_lease_.emplace(&budget_);
    VIVACE_TRY(combined_lease_->Grow(3 * parts.batch().MemoryBytes()));
  }
  return part_count > 1 ? InOrderOfTime(parts.batch()) : parts.Take();
}

}  // namespace vivace
