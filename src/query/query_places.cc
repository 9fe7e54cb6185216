#include "query/query_places.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace vivace {
namespace {

// Where more than this share of the rows are candidates, leaving out the others does not pay.
constexpr double kMostRows = 0.8;
constexpr uint64_t kNanosPerSecond = 1'000'000'000;

SpanBatch InOrderOfTime(const SpanBatch& batch) {
  const SpanColumns& spans = batch.spans;
  std::vector<uint32_t> rows(spans.size());
  std::iota(rows.begin(), rows.end(), 0);
  std::ranges::stable_sort(rows, {}, [&](uint32_t row) { return std::tie(spans.start_unix_nanos[row], spans.span_id[row]); });
  SpanBatchBuilder sorted;
  AppendSpans(batch, rows, sorted);
  return sorted.Take();
}

}  // namespace

QueryPlaces::QueryPlaces(const Ingester& ingester, BlockCatalog& catalog, const std::vector<std::string>& tenants, const TimeWindow& window,
                         MemoryBudget* server_budget)
    : catalog_(catalog), budget_(kQueryBytesMax, server_budget) {
  // Segments first: one that becomes a block in between is then known by its id.
  for (const std::string& tenant : tenants) AddSegments(ingester, tenant, window);
  for (const std::string& tenant : tenants) AddBlocks(tenant, window);
  std::ranges::stable_sort(places_, std::ranges::greater(), &Place::newest_unix_nanos);
}

QueryPlaces::~QueryPlaces() { catalog_.Trim(); }

void QueryPlaces::AddSegments(const Ingester& ingester, const std::string& tenant, const TimeWindow& window) {
  for (auto& segment : ingester.Segments(tenant)) {
    const uint64_t newest = segment->columns.max_end_unix_nanos();
    if (segment->columns.span_count() == 0 || !window.Overlaps(segment->columns.min_start_unix_nanos(), newest)) continue;
    places_.push_back({.segment = std::move(segment), .meta = {}, .newest_unix_nanos = newest});
  }
}

void QueryPlaces::AddBlocks(const std::string& tenant, const TimeWindow& window) {
  const auto blocks = catalog_.Blocks(tenant);
  const auto is_segment = [&](const Uuid& id) {
    return std::ranges::any_of(places_, [&](const Place& place) { return place.segment != nullptr && place.segment->id == id; });
  };
  for (const BlockMeta& meta : *blocks) {
    const uint64_t start = static_cast<uint64_t>(std::max<int64_t>(meta.start_unix_seconds, 0)) * kNanosPerSecond;
    const uint64_t end = static_cast<uint64_t>(std::max<int64_t>(meta.end_unix_seconds, 0)) * kNanosPerSecond;
    if (!window.Overlaps(start, end) || is_segment(meta.block_id)) continue;
    places_.push_back({.segment = nullptr, .meta = meta, .newest_unix_nanos = end});
  }
}

QueryStats QueryPlaces::InitialStats() const {
  QueryStats stats{.total_jobs = static_cast<uint32_t>(places_.size())};
  for (const Place& place : places_) {
    if (place.segment != nullptr) continue;
    ++stats.total_blocks;
    stats.total_block_bytes += place.meta.size_bytes;
  }
  return stats;
}

void QueryPlaces::Report(Place& place, const Error& error) {
  if (!place.is_damaged) catalog_.ReportDamage(place.meta, error);
  place.is_damaged = true;
}

BlockReader* QueryPlaces::ReaderOf(Place& place) {
  if (place.is_damaged) return nullptr;
  if (place.reader != nullptr) return place.reader.get();
  auto reader = catalog_.Reader(place.meta);
  if (!reader) {
    Report(place, reader.error());
    return nullptr;
  }
  place.reader = *std::move(reader);
  return place.reader.get();
}

size_t QueryPlaces::ViewCount(size_t place) {
  if (!is_block(place)) return 1;
  const BlockReader* reader = ReaderOf(places_[place]);
  if (reader == nullptr) return 0;
  const Result<size_t> count = reader->RowGroupCount(stats_);
  if (!count) Report(places_[place], count.error());
  return count.value_or(0);
}

std::unique_ptr<ColumnView> QueryPlaces::Open(size_t place, size_t view, SegmentView::Order order, std::optional<RowSet> rows) {
  if (!is_block(place)) return std::make_unique<SegmentView>(places_[place].segment->columns, order);
  const BlockReader* reader = ReaderOf(places_[place]);
  if (reader == nullptr) return nullptr;
  auto opened = reader->OpenView(view, stats_, &budget_, std::move(rows));
  if (!opened) {
    Report(places_[place], opened.error());
    return nullptr;
  }
  return *std::move(opened);
}

QueryPlaces::Entering QueryPlaces::MayEnter(size_t place, size_t view, const traceql::Pruning& pruning) {
  const BlockReader* reader = is_block(place) ? ReaderOf(places_[place]) : nullptr;
  const Result<bool> may_enter = pruning.MayEnter([&](const ColumnName& column, const ValueTest& passes) -> Result<bool> {
    if (reader != nullptr) return reader->MayHave(view, column, passes, stats_);
    if (is_block(place) || column.field.has_value()) return true;
    return places_[place].segment->columns.MayHave(column.key, passes);
  });
  if (!may_enter.value_or(true)) return {.any = false, .rows = {}};
  if (reader == nullptr) return {};
  return MayEnterRows(*reader, view, pruning).value_or(Entering());  // damage shows again where the view is read
}

Result<QueryPlaces::Entering> QueryPlaces::MayEnterRows(const BlockReader& reader, size_t view, const traceql::Pruning& pruning) {
  VIVACE_ASSIGN(const uint32_t count, reader.RowCount(view, stats_));
  const auto rows_that_may = [&](const ColumnName& column, const RangeTest& may_pass) {
    return reader.RowsThatMayHave(view, column, may_pass, stats_);
  };
  VIVACE_ASSIGN(RowSet rows, pruning.RowsThatMayEnter(count, rows_that_may));
  if (rows.empty()) return Entering{.any = false, .rows = {}};
  if (rows.size() > kMostRows * count) return Entering();
  return Entering{.any = true, .rows = std::move(rows)};
}

Status QueryPlaces::Forgive(size_t place, const Error& error) {
  const bool is_damage = error.code == ErrorCode::kDataLoss || error.code == ErrorCode::kNotFound;
  if (!is_block(place) || !is_damage) return std::unexpected(error);
  Report(places_[place], error);
  return {};
}

bool QueryPlaces::MayLieElsewhere(const TraceId& id, size_t place) {
  for (size_t other = 0; other < places_.size(); ++other) {
    if (other == place) continue;
    if (!is_block(other)) {
      if (places_[other].segment->columns.Contains(id)) return true;
      continue;
    }
    const BlockReader* reader = ReaderOf(places_[other]);
    if (reader == nullptr) continue;
    const Result<bool> may_hold = reader->MayHold(id, stats_);
    if (!may_hold) Report(places_[other], may_hold.error());
    if (may_hold.value_or(false)) return true;
  }
  return false;
}

bool QueryPlaces::Append(Place& place, const TraceId& id, BlockReader::Content content, SpanBatchBuilder& out) {
  if (place.segment != nullptr) return place.segment->columns.FindTrace(id, out);
  const BlockReader* reader = ReaderOf(place);
  if (reader == nullptr) return false;
  const Result<bool> found = reader->FindTrace(id, out, stats_, content);
  if (!found) Report(place, found.error());
  return found.value_or(false);
}

SpanBatch QueryPlaces::Gather(const TraceId& id, BlockReader::Content content) {
  SpanBatchBuilder parts;
  size_t part_count = 0;
  for (Place& place : places_) part_count += Append(place, id, content, parts) ? 1 : 0;
  return part_count > 1 ? InOrderOfTime(parts.batch()) : parts.Take();
}

}  // namespace vivace
