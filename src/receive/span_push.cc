#include "receive/span_push.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/tenant.h"
#include "receive/error_status.h"
#include "receive/large_requests.h"
#include "receive/small_requests.h"

namespace vivace {
namespace {

bool HasHeader(const HttpHeaders& headers, std::string_view name) {
  return std::ranges::any_of(headers, [&](const auto& header) { return header.first == name; });
}

}  // namespace

std::string RejectedSpansMessage(const PushOutcome& outcome) {
  const uint64_t refused = outcome.rejected.total();
  if (outcome.accepted == 0) return outcome.rejected.first_reason;
  return fmt::format("{} ({} of {} spans rejected, the others were stored)",
                     outcome.rejected.first_reason, refused, refused + outcome.accepted);
}

Result<PushContext> MakePushContext(const ReceiverOptions& options, const HttpHeaders& headers,
                                    const ReceiverEndpoint& endpoint) {
  VIVACE_ASSIGN(std::string tenant,
                ResolveTenant(options.multitenancy, FindHeader(headers, kTenantHeader)));
  return PushContext{.tenant = std::move(tenant),
                     .skip_metrics = HasHeader(headers, "no-generate-metrics"),
                     .receiver = endpoint.receiver,
                     .transport = endpoint.transport};
}

void ResetFor(const ReceiverOptions& options, const std::string& tenant,
              SpanBatchBuilder& builder) {
  builder.Reset(options.attribute_bytes_max ? options.attribute_bytes_max(tenant) : 0);
}

std::optional<PushPart> DecodePart(const ReceiverOptions& options, const SpanDecoder& decode,
                                   std::string_view message, PushContext context,
                                   SpanBatchBuilder& builder, PushDone done) {
  const uint64_t bytes = message.size();
  context.wire_bytes = bytes;
  const BatchMark mark = builder.Mark();
  Result<RejectedSpans> decoded = decode(message, builder);
  if (!decoded) {
    builder.RollBackTo(mark);
    done(PushOutcome{.result = {.error = std::move(decoded).error()}, .is_malformed = true});
    return std::nullopt;
  }
  const auto spans = static_cast<uint32_t>(builder.batch().spans.size() - mark.spans);
  if (options.on_decoded)
    options.on_decoded(context, spans, *decoded, builder.CountTruncated(mark));
  if (spans == 0) {
    done(PushOutcome{.rejected = std::move(*decoded)});
    return std::nullopt;
  }
  const auto begin = std::chrono::steady_clock::now();
  auto on_result = [&options, begin, spans, context = std::move(context),
                    rejected = std::move(*decoded), done = std::move(done)](PushResult result) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const uint64_t accepted = result.error ? 0 : spans - result.refused_spans;
    if (options.on_pushed) options.on_pushed(context, accepted, spans - accepted, took.count());
    if (result.error) result.error = AsReceiverError(std::move(*result.error));
    PushOutcome outcome{.rejected = rejected, .result = std::move(result), .accepted = accepted};
    if (outcome.result.refused_spans > 0)
      outcome.rejected.AddOverLimit(outcome.result.refused_spans, outcome.result.refused_reason);
    done(std::move(outcome));
  };
  return PushPart{spans, bytes, std::move(on_result)};
}

void DecodeAndPush(const ReceiverOptions& options, const SpanDecoder& decode,
                   std::string_view message, PushContext context, SpanSink& sink, PushDone done) {
  context.wire_bytes = message.size();
  if (message.size() >= kLargeRequestBytes) {  // worth a look at the limits before
    if (auto refusal = sink.RefusalOf(context)) return done({.result = *std::move(refusal)});
  }
  thread_local SpanBatchBuilder
      builder;  // scratch memory that is worth keeping from request to request
  ResetFor(options, context.tenant, builder);
  auto part = DecodePart(options, decode, message, context, builder, std::move(done));
  if (!part) return;
  sink.Push(std::move(context), builder.Take(sink.TakeRecycledBatch()), std::move(part->done));
}

void DecodeOrWait(const ReceiverOptions& options, const SpanDecoder& decode, std::string message,
                  PushContext context, SpanSink& sink, PushDone done) {
  SmallRequests::Request request{&options, decode, std::move(message), std::move(context),
                                 std::move(done)};
  if (options.small_requests && options.small_requests->Add(request)) return;
  DecodeAndPush(options, decode, request.message, std::move(request.context), sink,
                std::move(request.done));
}

}  // namespace vivace
