// Jaeger over gRPC: CollectorService/PostSpans (spec/api.md 3.4).
//
// Spans that cannot be stored make the call INVALID_ARGUMENT with their number; the others of the
// batch are stored all the same. Handle may be called from any thread and decodes on it; the answer
// may come from the sink's thread.
#pragma once

#include "base/http.h"
#include "receive/span_push.h"

namespace vivace {

inline constexpr std::string_view kJaegerPostSpansMethod =
    "/jaeger.api_v2.CollectorService/PostSpans";

class JaegerGrpcReceiver {
 public:
  // `sink` must outlive the receiver and every answer that is still due.
  JaegerGrpcReceiver(ReceiverOptions options, SpanSink& sink)
      : options_(std::move(options)), sink_(sink) {}

  void Handle(RpcRequest request, RpcResponder respond) const;

 private:
  const ReceiverOptions options_;
  SpanSink& sink_;
};

}  // namespace vivace
