// What all receivers share: identify the tenant, decode a request, push its spans to the sink,
// report what was rejected.
//
// Plain functions over the options that receivers are built with; any thread.
// DecodeOrWait is for messages that the caller can give away: small ones of them share a batch.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/http.h"
#include "receive/rejected_spans.h"
#include "receive/span_sink.h"

namespace vivace {

// The receiver and transport that a request came by, as metrics name them.
struct ReceiverEndpoint {
  std::string receiver;   // "otlp", "jaeger", "zipkin", "kafka"
  std::string transport;  // "grpc", "http", "http_v2_json", ...
};

class SmallRequests;

struct ReceiverOptions {
  bool multitenancy = false;
  // Where small requests wait; null: they do not.
  std::shared_ptr<SmallRequests> small_requests;
  // Called for every decoded request, also for those that are refused later: for metrics. May be
  // unset.
  std::function<void(const PushContext& context, uint64_t spans, const RejectedSpans& rejected,
                     uint64_t truncated_attributes)>
      on_decoded;
  // Called with the result of each push and the seconds it took after decoding. May be unset.
  std::function<void(const PushContext& context, uint64_t accepted, uint64_t refused,
                     double seconds)>
      on_pushed;
  // The tenant's max_attribute_bytes; unset or 0: attributes are not cut.
  std::function<size_t(const std::string& tenant)> attribute_bytes_max;
};

// What is reported to the sender: the rejected spans, or an error with the time after which to
// retry.
struct PushOutcome {
  RejectedSpans rejected;
  PushResult result;
  uint64_t accepted = 0;      // spans, where there is no error
  bool is_malformed = false;  // the request could not be decoded: the error says where
};
// The error message about rejected spans, for protocols without a partial success.
std::string RejectedSpansMessage(const PushOutcome& outcome);
using PushDone = std::function<void(PushOutcome)>;

// Tenant and flags of a request from its headers (gRPC: metadata). A missing or malformed tenant is
// UNAUTHENTICATED, several are INVALID_ARGUMENT.
Result<PushContext> MakePushContext(const ReceiverOptions& options, const HttpHeaders& headers,
                                    const ReceiverEndpoint& endpoint);

// Decodes `message`, pushes what is good in it and calls `done` when that is durable. A request
// without good spans is not pushed.
void DecodeAndPush(const ReceiverOptions& options, const SpanDecoder& decode,
                   std::string_view message, PushContext context, SpanSink& sink, PushDone done);
// The same, later and together with others where that is cheaper. `options` and what `decode`
// refers to must outlive the answer; decode must take a builder that holds other requests' spans.
void DecodeOrWait(const ReceiverOptions& options, const SpanDecoder& decode, std::string message,
                  PushContext context, SpanSink& sink, PushDone done);

// The two halves of DecodeAndPush, for batches of several requests: starts a batch of the tenant,
void ResetFor(const ReceiverOptions& options, const std::string& tenant, SpanBatchBuilder& builder);
// and appends a request to it. Nothing where the request is broken or has no good spans, and has
// been answered.
std::optional<PushPart> DecodePart(const ReceiverOptions& options, const SpanDecoder& decode,
                                   std::string_view message, PushContext context,
                                   SpanBatchBuilder& builder, PushDone done);

}  // namespace vivace
