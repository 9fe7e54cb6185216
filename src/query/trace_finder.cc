#include "query/trace_finder.h"

#include <fmt/format.h>

#include "base/unix_time.h"

namespace vivace {
namespace {

// The spans in the OTLP encoding, roughly: what max_bytes_per_trace counts.
uint64_t EncodedBytes(const SpanBatch& batch) {
  constexpr uint64_t kBytesPerSpan = 60;
  constexpr uint64_t kBytesPerEvent = 14;
  uint64_t bytes = batch.spans.size() * kBytesPerSpan + batch.events.size() * kBytesPerEvent;
  for (const AttributeLists* lists :
       {&batch.spans.attributes, &batch.events.attributes, &batch.links.attributes}) {
    for (const AttributeCode code : lists->codes)
      bytes += 6 + batch.AttributeKey(code).size() + batch.attributes[code].TextSize();
  }
  return bytes;
}

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

}  // namespace

TraceFinder::TraceFinder(const Ingester& ingester, BlockCatalog& catalog,
                         std::function<uint64_t(const std::string& tenant)> trace_bytes_max)
    : ingester_(ingester), catalog_(catalog), trace_bytes_max_(std::move(trace_bytes_max)) {}

Result<TraceResult> TraceFinder::Find(const TraceRequest& request) {
  TraceResult result;
  SpanBatchBuilder spans;
  const uint64_t bytes_max = trace_bytes_max_(request.tenant);
  if (request.mode != LookupMode::kBlocks)
    ingester_.FindTrace(request.tenant, request.trace_id, spans);
  if (request.mode != LookupMode::kIngesters)
    VIVACE_TRY(SearchBlocks(request, bytes_max, spans, result));
  result.spans = spans.Take();
  if (result.spans.spans.size() == 0) return Fail(ErrorCode::kNotFound, "trace not found");
  if (bytes_max > 0 && !result.is_partial && EncodedBytes(result.spans) > bytes_max) {
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("trace exceeds max size (max bytes: {})", bytes_max));
  }
  return result;
}

Status TraceFinder::SearchBlocks(const TraceRequest& request, uint64_t bytes_max,
                                 SpanBatchBuilder& spans, TraceResult& result) {
  BlockReadStats stats;
  const auto blocks =
      catalog_.Blocks(request.tenant);  // a loop over *Blocks() would not keep the list
  for (const BlockMeta& meta : *blocks) {
    if (!MayContain(meta, request)) continue;
    VIVACE_TRY(CheckCancelled(request.cancel_token.get()));
    if (request.allow_partial && bytes_max > 0 && EncodedBytes(spans.batch()) > bytes_max) {
      result.is_partial = true;
      result.message = fmt::format(
          "Trace exceeds maximum size of {} bytes, a partial trace is returned", bytes_max);
      break;
    }
    const auto reader = catalog_.Reader(meta);
    const auto found = reader ? (*reader)->FindTrace(request.trace_id, spans, stats)
                              : Result<bool>(std::unexpected(reader.error()));
    if (!found) catalog_.ReportDamage(meta, found.error());
  }
  catalog_.Trim();
  result.inspected_bytes = stats.bytes();
  return {};
}

}  // namespace vivace
