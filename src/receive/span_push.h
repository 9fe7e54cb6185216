// What all receivers share: tell whose spans they are, decode a request, hand its spans to the sink, tell what was refused.
//
// Plain functions over the options that receivers are built with; any thread.
#pragma once

#include <functional>
#include <string>

#include "base/http.h"
#include "receive/rejected_spans.h"
#include "receive/span_sink.h"

namespace vivace {

// The door that a request came through, as metrics name it.
struct Door {
  std::string receiver;   // "otlp", "jaeger", "zipkin", "kafka"
  std::string transport;  // "grpc", "http", "http_v2_json", ...
};

struct ReceiverOptions {
  bool multitenancy = false;
  // Told of every decoded request, also of those that are refused later: for metrics. May be unset.
  std::function<void(const PushContext& context, uint64_t spans, const RejectedSpans& rejected, uint64_t truncated_attributes)> on_decoded;
  // Told how a batch fared and how long it took from the decoder on. May be unset.
  std::function<void(const PushContext& context, uint64_t accepted, uint64_t refused, double seconds)> on_pushed;
  // The tenant's max_attribute_bytes; unset or 0: attributes are not cut.
  std::function<size_t(const std::string& tenant)> attribute_bytes_max;
};

// What a sender is to be told: the refused spans, or an error with the time after which to come back.
struct PushOutcome {
  RejectedSpans rejected;
  PushResult result;
  uint64_t accepted = 0;      // spans, where there is no error
  bool is_malformed = false;  // the request could not be decoded: the error tells where
};
// What to tell a sender about refused spans where its protocol has no other place for it.
std::string RefusalText(const PushOutcome& outcome);
using PushDone = std::function<void(PushOutcome)>;

// Tenant and flags of a request from its headers (gRPC: metadata). A missing or malformed tenant is UNAUTHENTICATED, several
// are INVALID_ARGUMENT.
Result<PushContext> MakePushContext(const ReceiverOptions& options, const HttpHeaders& headers, const Door& door);

// Decodes `message`, pushes what is good in it and calls `done` when that is durable. A request without good spans is not pushed.
void DecodeAndPush(const ReceiverOptions& options, const SpanDecoder& decode, std::string_view message, PushContext context, SpanSink& sink,
                   PushDone done);

}  // namespace vivace
