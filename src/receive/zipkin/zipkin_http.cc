#include "receive/zipkin/zipkin_http.h"

#include "receive/error_status.h"
#include "receive/zipkin/zipkin_json.h"
#include "receive/zipkin/zipkin_proto.h"
#include "receive/zipkin/zipkin_thrift.h"

namespace vivace {
namespace {

// A thread's decoder keeps buffers for bodies up to this size.
constexpr size_t kKeptZipkinBodyBytesMax = 1 << 20;

struct ZipkinFormat {
  const char* transport;
  Result<RejectedSpans> (*decode)(std::string_view body, bool parse_string_tags,
                                  SpanBatchBuilder& builder);
};

template <auto kDecode>
Result<RejectedSpans> DecodeJson(std::string_view body, bool parse_string_tags,
                                 SpanBatchBuilder& builder) {
  thread_local ZipkinJsonDecoder decoder;
  Result<RejectedSpans> decoded = (decoder.*kDecode)(body, parse_string_tags, builder);
  decoder.ShrinkBuffers(kKeptZipkinBodyBytesMax);
  return decoded;
}

Result<RejectedSpans> DecodeThrift(std::string_view body, bool /*typed already*/,
                                   SpanBatchBuilder& builder) {
  return DecodeZipkinThrift(body, builder);
}

// Anything that is not named exactly is JSON.
ZipkinFormat ZipkinFormatOf(const HttpRequest& request) {
  const bool is_v1 = request.path.contains("api/v1/spans");
  const std::string_view type = FindHeader(request.headers, "content-type");
  if (is_v1 && type == "application/x-thrift") return {"http_v1_thrift", DecodeThrift};
  if (is_v1) return {"http_v1_json", DecodeJson<&ZipkinJsonDecoder::DecodeV1>};
  if (type == "application/x-protobuf") return {"http_v2_proto", DecodeZipkinProto};
  return {"http_v2_json", DecodeJson<&ZipkinJsonDecoder::DecodeV2>};
}

HttpResponse ResponseFor(const PushOutcome& outcome) {
  if (const auto& error = outcome.result.error) {
    HttpResponse response = HttpErrorResponse(HttpStatusOf(error->code), error->message);
    const uint32_t retry_after = outcome.result.retry_after_seconds;
    if (retry_after > 0) response.headers.emplace_back("retry-after", std::to_string(retry_after));
    return response;
  }
  return outcome.rejected.total() > 0 ? HttpErrorResponse(400, RejectedSpansMessage(outcome))
                                      : HttpResponse{.status = 202};
}

}  // namespace

void ZipkinHttpReceiver::Handle(HttpRequest request, HttpResponder respond) const {
  const ZipkinFormat format = ZipkinFormatOf(request);
  Result<PushContext> context =
      MakePushContext(options_.receiver, request.headers, {"zipkin", format.transport});
  if (!context) return respond(ResponseFor({.result = {.error = std::move(context).error()}}));
  Result<std::string> body = TakeBody(request, options_.decompress, options_.body_bytes_max);
  if (!body) return respond(HttpErrorResponse(400, body.error().message));
  const auto decode = [&](std::string_view message, SpanBatchBuilder& builder) {
    return format.decode(message, options_.parse_string_tags, builder);
  };
  DecodeAndPush(options_.receiver, decode, *body, std::move(*context), sink_,
                [respond = std::move(respond)](const PushOutcome& outcome) {
                  respond(ResponseFor(outcome));
                });
}

}  // namespace vivace
