#include "query/query_sources.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/unix_time.h"

namespace vivace {
namespace {

// Where more than this share of the rows are candidates, leaving out the others does not pay.
constexpr double kCandidateShareMax = 0.8;

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

}  // namespace

QuerySources::QuerySources(const Ingester& ingester, BlockCatalog& catalog,
                           const std::vector<std::string>& tenants, const TimeWindow& window,
                           MemoryBudget* server_budget)
    : catalog_(catalog), budget_(kQueryBytesMax, server_budget) {
  // Segments first: one that becomes a block in between is then known by its id.
  for (const std::string& tenant : tenants) AddSegments(ingester, tenant, window);
  for (const std::string& tenant : tenants) AddBlocks(tenant, window);
  std::ranges::stable_sort(sources_, std::ranges::greater(), &Source::max_end_unix_nanos);
}

QuerySources::~QuerySources() { catalog_.Trim(); }

void QuerySources::AddSegments(const Ingester& ingester, const std::string& tenant,
                               const TimeWindow& window) {
  for (auto& segment : ingester.Segments(tenant)) {
    const uint64_t newest = segment->columns.max_end_unix_nanos();
    if (segment->columns.span_count() == 0 ||
        !window.Overlaps(segment->columns.min_start_unix_nanos(), newest))
      continue;
    sources_.push_back({.segment = std::move(segment), .meta = {}, .max_end_unix_nanos = newest});
  }
}

void QuerySources::AddBlocks(const std::string& tenant, const TimeWindow& window) {
  const auto blocks = catalog_.Blocks(tenant);
  const auto is_segment = [&](const Uuid& id) {
    return std::ranges::any_of(sources_, [&](const Source& source) {
      return source.segment != nullptr && source.segment->id == id;
    });
  };
  for (const BlockMeta& meta : *blocks) {
    const uint64_t start =
        static_cast<uint64_t>(std::max<int64_t>(meta.start_unix_seconds, 0)) * kNanosPerSecond;
    const uint64_t end =
        static_cast<uint64_t>(std::max<int64_t>(meta.end_unix_seconds, 0)) * kNanosPerSecond;
    if (!window.Overlaps(start, end) || is_segment(meta.block_id)) continue;
    sources_.push_back({.segment = nullptr, .meta = meta, .max_end_unix_nanos = end});
  }
}

QueryStats QuerySources::InitialStats() const {
  QueryStats stats{.total_jobs = static_cast<uint32_t>(sources_.size())};
  for (const Source& source : sources_) {
    if (source.segment != nullptr) continue;
    ++stats.total_blocks;
    stats.total_block_bytes += source.meta.size_bytes;
  }
  return stats;
}

void QuerySources::KeepNewestBlocks(size_t blocks_max) {
  size_t blocks = 0;
  std::erase_if(sources_, [&](const Source& source) {
    return source.segment == nullptr && ++blocks > blocks_max;
  });
}

void QuerySources::Report(Source& source, const Error& error) {
  if (!source.is_damaged) catalog_.ReportDamage(source.meta, error);
  source.is_damaged = true;
}

BlockReader* QuerySources::ReaderOf(Source& source) {
  if (source.is_damaged) return nullptr;
  if (source.reader != nullptr) return source.reader.get();
  auto reader = catalog_.Reader(source.meta);
  if (!reader) {
    Report(source, reader.error());
    return nullptr;
  }
  source.reader = *std::move(reader);
  return source.reader.get();
}

size_t QuerySources::ViewCount(size_t source) {
  if (!is_block(source)) return 1;
  const BlockReader* reader = ReaderOf(sources_[source]);
  if (reader == nullptr) return 0;
  const Result<size_t> count = reader->RowGroupCount(stats_);
  if (!count) Report(sources_[source], count.error());
  return count.value_or(0);
}

std::unique_ptr<ColumnView> QuerySources::Open(size_t source, size_t view, SegmentView::Order order,
                                               std::optional<RowSet> rows) {
  if (!is_block(source))
    return std::make_unique<SegmentView>(sources_[source].segment->columns, order);
  const BlockReader* reader = ReaderOf(sources_[source]);
  if (reader == nullptr) return nullptr;
  auto opened = reader->OpenView(view, stats_, &budget_, std::move(rows));
  if (!opened) {
    Report(sources_[source], opened.error());
    return nullptr;
  }
  return *std::move(opened);
}

QuerySources::Candidates QuerySources::MayMatch(size_t source, size_t view,
                                                const traceql::Pruning& pruning) {
  const BlockReader* reader = is_block(source) ? ReaderOf(sources_[source]) : nullptr;
  const Result<bool> may_match =
      pruning.MayMatch([&](const ColumnName& column, const ValuePredicate& passes) -> Result<bool> {
        if (reader != nullptr) return reader->MayMatch(view, column, passes, stats_);
        if (is_block(source) || column.field.has_value()) return true;
        return sources_[source].segment->columns.MayMatch(column.key, passes);
      });
  if (!may_match.value_or(true)) return {.any = false, .rows = {}};
  if (reader == nullptr) return {};
  return CandidateRows(*reader, view, pruning)
      .value_or(Candidates());  // damage shows again where the view is read
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

Status QuerySources::SkipIfDamaged(size_t source, const Error& error) {
  const bool is_damage = error.code == ErrorCode::kDataLoss || error.code == ErrorCode::kNotFound;
  if (!is_block(source) || !is_damage) return std::unexpected(error);
  Report(sources_[source], error);
  return {};
}

bool QuerySources::MayExistInOtherSources(const TraceId& id, size_t source) {
  for (size_t other = 0; other < sources_.size(); ++other) {
    if (other == source) continue;
    if (!is_block(other)) {
      if (sources_[other].segment->columns.Contains(id)) return true;
      continue;
    }
    const BlockReader* reader = ReaderOf(sources_[other]);
    if (reader == nullptr) continue;
    const Result<bool> may_contain = reader->MayContain(id, stats_);
    if (!may_contain) Report(sources_[other], may_contain.error());
    if (may_contain.value_or(false)) return true;
  }
  return false;
}

bool QuerySources::Append(Source& source, const TraceId& id, BlockReader::Content content,
                          SpanBatchBuilder& out) {
  if (source.segment != nullptr) return source.segment->columns.FindTrace(id, out);
  const BlockReader* reader = ReaderOf(source);
  if (reader == nullptr) return false;
  const Result<bool> found = reader->FindTrace(id, out, stats_, content);
  if (!found) Report(source, found.error());
  return found.value_or(false);
}

SpanBatch QuerySources::Combine(const TraceId& id, BlockReader::Content content) {
  SpanBatchBuilder parts;
  size_t part_count = 0;
  for (Source& source : sources_) part_count += Append(source, id, content, parts) ? 1 : 0;
  return part_count > 1 ? InOrderOfTime(parts.batch()) : parts.Take();
}

}  // namespace vivace
