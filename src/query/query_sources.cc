#include "query/query_sources.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"
#include "base/unix_time.h"

namespace vivace {
namespace {

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
  is_skipped_ = std::vector<std::atomic<bool>>(sources_.size());
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
}

void QuerySources::UpdateStats(size_t sources, QueryStats& stats) const {
  stats.inspected_bytes = inspected_bytes_;
  stats.damaged_blocks = unlisted_blocks_ + damaged_sources_;
  stats.set_aside_segments = set_aside_segments_;
  const auto done = static_cast<uint32_t>(sources);
  stats.completed_jobs = done - std::min(done, damaged_sources_.load());
}

Status QuerySources::Skip(size_t source, const Error& error) {
  if (!is_block(source)) return std::unexpected(error);
  const BlockMeta& meta = *sources_[source].meta;
  VIVACE_TRY(CheckMayLeaveOut(catalog_, meta, error, gone_));
  if (is_skipped_[source].exchange(true)) return {};
  ++damaged_sources_;
  catalog_.ReportDamage(meta, error);
  return {};
}

void QuerySources::ReportIgnoredIndex(size_t source, const std::string& problem) {
  if (is_index_reported_.exchange(true)) return;
  const BlockMeta& meta = *sources_[source].meta;
  LogWarn("index of a block ignored: vivace blocks index -rebuild makes it anew",
          {{"tenant", meta.tenant_id}, {"block", meta.block_id.ToString()}, {"err", problem}});
}

void QuerySources::Add(const BlockReadStats& stats) {
  inspected_bytes_ += stats.bytes();
  const std::lock_guard lock(leaves_mutex_);
  leaves_read_.Add(stats.leaves);
}

LeafSet QuerySources::leaves_read() const {
  const std::lock_guard lock(leaves_mutex_);
  return leaves_read_;
}

}  // namespace vivace
