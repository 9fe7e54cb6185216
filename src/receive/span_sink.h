// SpanSink: where receivers hand the spans of a decoded request, and how they learn what became of
// them.
//
// The ingest path implements it; a receiver answers its client from `done`. All may be called from
// any thread. `done` is called exactly once, from any thread and possibly before Push returns, when
// the batch is as durable as the configuration promises or is refused.
//
// Senders of a span or two a request share what a batch costs: their requests wait undecoded in a
// PushSource until the sink is about to commit, and then come as one batch with several parts.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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

// One request's spans in a batch: the rows that follow those of the part before.
struct PushPart {
  uint32_t spans = 0;  // at least one
  uint64_t wire_bytes = 0;
  std::function<void(PushResult)> done;
};

// Requests that wait to be pushed.
class PushSource {
 public:
  virtual ~PushSource() = default;
  // Pushes all that wait.
  virtual void PushWaiting() = 0;
};

class SpanSink {
 public:
  virtual ~SpanSink() = default;
  // `batch` holds at least one span.
  virtual void Push(PushContext context, SpanBatch batch, std::function<void(PushResult)> done) = 0;
  // `batch` holds the spans of several requests, one after the other, that have `context` (with
  // their bytes added up) in common. Each part gets its own result.
  virtual void PushJoined(PushContext context, SpanBatch batch, std::vector<PushPart> parts) {
    Push(std::move(context), std::move(batch),
         [parts = std::move(parts)](const PushResult& result) {
           for (const PushPart& part : parts) part.done(result);
         });
  }
  // Whether a request of context.wire_bytes would be refused now whatever is in it: asked before a
  // large one is decoded. Takes nothing from any limit.
  virtual std::optional<PushResult> RefusalOf(const PushContext& context) {
    (void)context;
    return std::nullopt;
  }
  // One more request waits in `source`, which is asked for it before the next commit; at once where
  // there are no commits.
  virtual void Announce(std::shared_ptr<PushSource> source) { source->PushWaiting(); }
  // A used batch whose memory can serve the next request; an empty one if there is none.
  virtual SpanBatch TakeRecycledBatch() { return {}; }
};

}  // namespace vivace
