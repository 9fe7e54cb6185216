// The part that OTLP's two transports share: decode a request, hand its spans to the sink, tell what was refused.
//
// Plain functions over the options that both receivers are built with; any thread.
#pragma once

#include <functional>
#include <string>

#include "base/http.h"
#include "receive/decode_result.h"
#include "receive/span_sink.h"

namespace vivace {

struct OtlpReceiverOptions {
  bool multitenancy = false;
  SpanDecoder decode_protobuf;
  // Told of every decoded request, also of those that are refused later: for metrics. May be unset.
  std::function<void(const PushContext& context, uint64_t spans, const RejectedSpans& rejected, uint64_t truncated_attributes)> on_decoded;
  // Told how long a batch took from the decoder to its fate. May be unset.
  std::function<void(double seconds, bool accepted)> on_pushed;
  // The tenant's max_attribute_bytes; unset or 0: attributes are not cut.
  std::function<size_t(const std::string& tenant)> attribute_bytes_max;
};

// What a sender is to be told: the refused spans, or an error with the time after which to come back.
struct OtlpOutcome {
  RejectedSpans rejected;
  PushResult result;
};
using OtlpDone = std::function<void(OtlpOutcome)>;

// Tenant and flags of a request from its headers (gRPC: metadata). A missing tenant is UNAVAILABLE "no org id".
Result<PushContext> MakePushContext(const OtlpReceiverOptions& options, const HttpHeaders& headers, std::string transport);

// Decodes `message`, pushes what is good in it and calls `done` when that is durable. A request without good spans is not pushed.
void DecodeAndPush(const OtlpReceiverOptions& options, const SpanDecoder& decode, std::string_view message, PushContext context,
                   SpanSink& sink, OtlpDone done);

}  // namespace vivace
