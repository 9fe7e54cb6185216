// OTLP over gRPC: the method TraceService/Export (spec/api.md 3.1).
//
// A request that is not valid protobuf is INVALID_ARGUMENT (Tempo says INTERNAL, which makes
// senders retry forever). Handle may be called from any thread and decodes on it; the answer may
// come from the sink's thread.
#pragma once

#include "base/http.h"
#include "receive/span_push.h"

namespace vivace {

inline constexpr std::string_view kOtlpExportMethod =
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

class OtlpGrpcReceiver {
 public:
  // `sink` must outlive the receiver and every answer that is still due.
  OtlpGrpcReceiver(ReceiverOptions options, SpanDecoder decode, SpanSink& sink);

  void Handle(RpcRequest request, RpcResponder respond) const;

 private:
  const ReceiverOptions options_;
  const SpanDecoder decode_;
  SpanSink& sink_;
};

}  // namespace vivace
