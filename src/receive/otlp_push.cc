#include "receive/otlp_push.h"

#include <algorithm>
#include <chrono>

#include "base/tenant.h"
#include "receive/otlp_response.h"

namespace vivace {
namespace {

bool HasHeader(const HttpHeaders& headers, std::string_view name) {
  return std::ranges::any_of(headers, [&](const auto& header) { return header.first == name; });
}

}  // namespace

Result<PushContext> MakePushContext(const OtlpReceiverOptions& options, const HttpHeaders& headers, std::string transport) {
  Result<std::string> tenant = ResolveTenant(options.multitenancy, FindHeader(headers, kTenantHeader));
  if (!tenant) {
    Error error = std::move(tenant).error();
    if (error.code == ErrorCode::kUnauthenticated) error.code = ErrorCode::kUnavailable;
    return std::unexpected(std::move(error));
  }
  return PushContext{.tenant = std::move(*tenant),
                     .skip_metrics = HasHeader(headers, "no-generate-metrics"),
                     .receiver = "otlp",
                     .transport = std::move(transport)};
}

void DecodeAndPush(const OtlpReceiverOptions& options, const SpanDecoder& decode, std::string_view message, PushContext context,
                   SpanSink& sink, OtlpDone done) {
  context.wire_bytes = message.size();
  thread_local SpanBatchBuilder builder;  // scratch memory that is worth keeping from request to request
  builder.Reset(options.attribute_bytes_max ? options.attribute_bytes_max(context.tenant) : 0);
  Result<RejectedSpans> decoded = decode(message, builder);
  if (!decoded) return done(OtlpOutcome{.result = {.error = std::move(decoded).error()}});
  if (options.on_decoded) options.on_decoded(context, builder.batch().spans.size(), *decoded, builder.CountTruncated());
  if (builder.batch().spans.size() == 0) return done(OtlpOutcome{.rejected = std::move(*decoded)});
  const auto begin = std::chrono::steady_clock::now();
  sink.Push(std::move(context), builder.Take(sink.Spare()),
            [&options, begin, rejected = std::move(*decoded), done = std::move(done)](PushResult result) {
              const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
              if (options.on_pushed) options.on_pushed(took.count(), !result.error);
              if (result.error) result.error = AsReceiverError(std::move(*result.error));
              done(OtlpOutcome{rejected, std::move(result)});
            });
}

}  // namespace vivace
