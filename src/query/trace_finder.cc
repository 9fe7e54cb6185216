#include "query/trace_finder.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "base/memory_budget.h"
#include "base/unix_time.h"
#include "query/ordered_tasks.h"
#include "query/query_sources.h"
#include "query/query_stats.h"

namespace vivace {
namespace {

// The spans of a batch in the OTLP encoding, roughly: what max_bytes_per_trace counts. What has
// been counted is not looked at again.
class EncodedSize {
 public:
  uint64_t Of(const SpanBatch& batch) {
    constexpr uint64_t kBytesPerSpan = 60;
    constexpr uint64_t kBytesPerEvent = 14;
    const AttributeLists* const lists[] = {&batch.spans.attributes, &batch.events.attributes,
                                           &batch.links.attributes};
    for (size_t list = 0; list < std::size(lists); ++list) {
      const std::vector<AttributeCode>& codes = lists[list]->codes;
      for (size_t& next = counted_[list]; next < codes.size(); ++next)
        attribute_bytes_ +=
            6 + batch.AttributeKey(codes[next]).size() + batch.attributes[codes[next]].TextSize();
    }
    return batch.spans.size() * kBytesPerSpan + batch.events.size() * kBytesPerEvent +
           attribute_bytes_;
  }

 private:
  size_t counted_[3] = {};  // attributes of spans, events and links
  uint64_t attribute_bytes_ = 0;
};

// Spec storage.md 4.5, step 1.
bool MayContain(const BlockMeta& meta, const TraceRequest& request) {
  if (meta.block_id.bytes < request.block_start || meta.block_id.bytes > request.block_end)
    return false;
  if (request.start_unix_seconds != 0 && request.end_unix_seconds != 0) {
    if (meta.start_unix_seconds >= request.end_unix_seconds ||
        meta.end_unix_seconds <= request.start_unix_seconds)
      return false;
  }
  if (!request.rf1_after_unix_nanos) return meta.replication_factor == 0;
  const int64_t after = *request.rf1_after_unix_nanos / kNanosPerSecond;
  return meta.replication_factor == 1 ? meta.start_unix_seconds > after
                                      : meta.start_unix_seconds < after;
}

// One lookup, over one state of the list of blocks.
class TraceSearch {
 public:
  TraceSearch(const TraceRequest& request, uint64_t bytes_max, MemoryBudget* memory)
      : request_(request), bytes_max_(bytes_max), budget_(QuerySources::kQueryBytesMax, memory) {}

  Status SearchSegments(const Ingester& ingester) {
    const bool is_found = ingester.FindTrace(request_.tenant, request_.trace_id, spans_);
    read_.set_aside_segments =
        static_cast<uint32_t>(ingester.set_aside().CountWith(request_.tenant, request_.trace_id));
    return is_found ? CheckSize() : Status();
  }

  Status SearchBlocks(BlockCatalog& catalog, GoneBlocks gone) {
    VIVACE_ASSIGN(const auto listed, catalog.Blocks(request_.tenant));
    read_.damaged_blocks = listed->damaged;
    const std::vector<BlockReader::ReadAhead> held = ReadAheadOf(catalog, listed->blocks);
    for (const std::shared_ptr<const BlockMeta>& meta : listed->blocks) {
      if (!MayContain(*meta, request_)) continue;
      is_cut_ = is_over_;
      if (is_cut_) break;
      VIVACE_TRY(CheckCancelled(request_.cancel_token.get()));
      VIVACE_TRY(SearchBlock(catalog, meta, gone));
    }
    return {};
  }

  Result<TraceResult> Take() {
    TraceResult result{.spans = spans_.Take(),
                       .inspected_bytes = stats_.bytes(),
                       .is_partial = is_cut_ || read_.is_partial(),
                       .message = PartialMessage(read_)};
    if (is_cut_)
      result.message = fmt::format(
          "Trace exceeds maximum size of {} bytes, a partial trace is returned", bytes_max_);
    if (is_over_ && !is_cut_) return TooLarge();
    if (result.spans.spans.size() == 0 && !result.is_partial)
      return Fail(ErrorCode::kNotFound, "trace not found");
    return result;
  }

 private:
  // Over a network all blocks are asked at once. What cannot be read is met again by who needs it.
  std::vector<BlockReader::ReadAhead> ReadAheadOf(
      BlockCatalog& catalog, const std::vector<std::shared_ptr<const BlockMeta>>& blocks) {
    std::vector<BlockReader::ReadAhead> held;
    if (catalog.fetchers() == nullptr) return held;
    std::vector<std::shared_ptr<BlockReader>> asked;
    for (const std::shared_ptr<const BlockMeta>& meta : blocks) {
      if (!MayContain(*meta, request_)) continue;
      auto reader = catalog.Reader(meta);
      if (reader.has_value() && !(*reader)->IsKnownToLack(request_.trace_id))
        asked.push_back(*std::move(reader));
    }
    held.resize(asked.size());
    const auto run = [&](size_t block) -> Status {
      VIVACE_TRY(CheckCancelled(request_.cancel_token.get()));
      BlockReadStats stats;
      held[block] = asked[block]->ReadTraceAhead(request_.trace_id, stats, budget_);
      if (stats.reads != 0) catalog.Used(*asked[block]);
      return {};
    };
    const auto go_on = [](size_t, const Status&) -> Result<bool> { return true; };
    (void)RunOrdered(asked.size(), {.helpers = catalog.fetchers(), .window = asked.size()},
                     {run, [](size_t) {}, go_on});
    return held;
  }

  Status SearchBlock(BlockCatalog& catalog, const std::shared_ptr<const BlockMeta>& meta,
                     GoneBlocks gone) {
    const auto reader = catalog.Reader(meta);
    if (!reader) return Skip(catalog, *meta, reader.error(), gone);
    const uint64_t damaged_extra_files = stats_.damaged_extra_files;
    const uint64_t reads = stats_.reads;
    const Result<bool> found = (*reader)->FindTrace(request_.trace_id, spans_, stats_);
    if (stats_.reads != reads) catalog.Used(**reader);
    if (!found) return Skip(catalog, *meta, found.error(), gone);
    if (stats_.damaged_extra_files != damaged_extra_files) {
      ++read_.damaged_extra_files;
      catalog.ReportDamage(*meta, {ErrorCode::kDataLoss, stats_.extra_problem});
    }
    return *found ? CheckSize() : Status();
  }

  // What becomes of a block of which something could not be read.
  Status Skip(BlockCatalog& catalog, const BlockMeta& meta, const Error& error, GoneBlocks gone) {
    VIVACE_TRY(CheckMayLeaveOut(catalog, meta, error, gone));
    catalog.ReportDamage(meta, error);
    ++read_.damaged_blocks;
    return {};
  }

  std::unexpected<Error> TooLarge() const {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("trace exceeds max size (max bytes: {})", bytes_max_));
  }

  // After spans have been found.
  Status CheckSize() {
    is_over_ = bytes_max_ > 0 && size_.Of(spans_.batch()) > bytes_max_;
    if (is_over_ && !request_.allow_partial) return TooLarge();
    lease_.emplace(&budget_);
    return lease_->Grow(spans_.batch().MemoryBytes());
  }

  const TraceRequest& request_;
  const uint64_t bytes_max_;  // 0: no limit
  MemoryBudget budget_;
  std::optional<MemoryLease> lease_;
  SpanBatchBuilder spans_;
  EncodedSize size_;
  BlockReadStats stats_;
  QueryStats read_;       // what could not be read
  bool is_over_ = false;  // larger than bytes_max_
  bool is_cut_ = false;   // for that, blocks are left out
};

}  // namespace

TraceFinder::TraceFinder(const Ingester& ingester, BlockCatalog& catalog,
                         std::function<uint64_t(const std::string& tenant)> trace_bytes_max,
                         MemoryBudget* memory)
    : ingester_(ingester),
      catalog_(catalog),
      trace_bytes_max_(std::move(trace_bytes_max)),
      memory_(memory) {}

Result<TraceResult> TraceFinder::Find(const TraceRequest& request) {
  return WithFreshBlocks(catalog_, {request.tenant}, [&](GoneBlocks gone) -> Result<TraceResult> {
    TraceSearch search(request, trace_bytes_max_(request.tenant), memory_);
    if (request.mode != LookupMode::kBlocks) VIVACE_TRY(search.SearchSegments(ingester_));
    if (request.mode != LookupMode::kIngesters) VIVACE_TRY(search.SearchBlocks(catalog_, gone));
    return search.Take();
  });
}

}  // namespace vivace
