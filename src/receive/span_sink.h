// SpanSink: where receivers hand the spans of a decoded request, and how they learn what became of
// them.
//
// The ingest path implements it; a receiver answers its client from `done`. Push may be called from
// any thread. `done` is called exactly once, from any thread and possibly before Push returns, when
// the batch is as durable as the configuration promises or is refused.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "columns/span_batch.h"

namespace vivace {

struct PushContext {
  std::string tenant;
  bool skip_metrics =
      false;              // the sender asked for no generated metrics (header no-generate-metrics)
  std::string receiver;   // "otlp", "jaeger", "zipkin"
  std::string transport;  // "grpc", "http", ...
  // Comes from a log that is read again after a crash or a refusal: its spans may be stored already
  // and are then dropped, and what a rate refuses is not lost but comes later.
  bool is_replayable = false;
  uint64_t wire_bytes = 0;  // of the request message, decompressed: what rate limits count
};

struct PushResult {
  std::optional<Error> error;        // none: accepted
  uint32_t retry_after_seconds = 0;  // 0: no retry delay is sent
  // Spans that a limit kept out while the others of the batch were stored.
  uint64_t refused_spans = 0;
  std::string refused_reason;
  // Accepted without being stored, because all of it had been stored before (is_replayable).
  bool was_stored_before = false;
};

class SpanSink {
 public:
  virtual ~SpanSink() = default;
  // `batch` holds at least one span.
  virtual void Push(PushContext context, SpanBatch batch, std::function<void(PushResult)> done) = 0;
  // A used batch whose memory can serve the next request; an empty one if there is none.
  virtual SpanBatch TakeRecycledBatch() { return {}; }
};

}  // namespace vivace
