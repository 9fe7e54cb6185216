#include "receive/otlp/otlp_http.h"

#include <fmt/format.h>

#include "receive/error_status.h"

namespace vivace {
namespace {

// A decoder keeps buffers for bodies up to this size.
constexpr size_t kKeptBodyBytesMax = 1 << 20;

// As the collector says it: the text alone.
HttpResponse Refusal(int status, std::string text) {
  return HttpResponse{status, {{"content-type", "text/plain; charset=utf-8"}}, std::move(text)};
}

HttpResponse ResponseFor(OtlpFormat format, const PushOutcome& outcome) {
  HttpResponse response{200, {{"content-type", std::string(ContentTypeOf(format))}}, {}};
  if (!outcome.result.error) {
    response.body = EncodeExportResponse(format, outcome.rejected);
    return response;
  }
  const uint32_t retry_after = outcome.result.retry_after_seconds;
  response.status = HttpStatusOf(outcome.result.error->code);
  response.body = EncodeRpcStatus(format, *outcome.result.error, retry_after);
  if (retry_after > 0 && (response.status == 429 || response.status == 503)) {
    response.headers.emplace_back("retry-after", fmt::to_string(retry_after));
  }
  return response;
}

std::optional<OtlpFormat> FormatOf(const HttpRequest& request) {
  const std::string type = MediaType(FindHeader(request.headers, "content-type"));
  if (type == "application/x-protobuf") return OtlpFormat::kProtobuf;
  if (type == "application/json") return OtlpFormat::kJson;
  return std::nullopt;
}

}  // namespace

OtlpHttpReceiver::OtlpHttpReceiver(OtlpHttpOptions options, SpanSink& sink)
    : options_(std::move(options)),
      cors_(options_.cors),
      sink_(sink),
      decode_json_([this](std::string_view body, SpanBatchBuilder& builder) {
        return DecodeJson(body, builder);
      }) {}

void OtlpHttpReceiver::Handle(HttpRequest request, HttpResponder respond) {
  if (auto preflight = cors_.PreflightResponse(request)) return respond(std::move(*preflight));
  // The answer may come after the receiver is gone, so it carries the headers that it will need.
  HttpResponse cors;
  cors_.Decorate(request, cors);
  if (!cors.headers.empty()) {
    respond = [headers = std::move(cors.headers),
               respond = std::move(respond)](HttpResponse response) {
      response.headers.insert(response.headers.end(), headers.begin(), headers.end());
      respond(std::move(response));
    };
  }
  if (request.path != options_.path) return respond(HttpErrorResponse(404, "404 page not found"));
  if (request.method != "POST")
    return respond(Refusal(405, "405 method not allowed, supported: [POST]"));
  const std::optional<OtlpFormat> format = FormatOf(request);
  if (!format)
    return respond(Refusal(
        415, "415 unsupported media type, supported: [application/json, application/x-protobuf]"));
  HandleTraces(*format, std::move(request), std::move(respond));
}

void OtlpHttpReceiver::HandleTraces(OtlpFormat format, HttpRequest request, HttpResponder respond) {
  const auto refuse = [&](Error error) {
    respond(ResponseFor(format, PushOutcome{.result = {.error = std::move(error)}}));
  };
  Result<std::string> body = TakeBody(request, options_.decompress, options_.body_bytes_max);
  if (!body) return refuse(std::move(body).error());
  Result<PushContext> context =
      MakePushContext(options_.receiver, request.headers, {"otlp", "http"});
  if (!context) return refuse(std::move(context).error());
  const SpanDecoder& decode = format == OtlpFormat::kJson ? decode_json_ : options_.decode_protobuf;
  DecodeOrWait(options_.receiver, decode, std::move(*body), std::move(*context), sink_,
               [format, respond = std::move(respond)](PushOutcome outcome) {
                 respond(ResponseFor(format, outcome));
               });
}

Result<RejectedSpans> OtlpHttpReceiver::DecodeJson(std::string_view body,
                                                   SpanBatchBuilder& builder) {
  std::unique_ptr<OtlpJsonDecoder> decoder;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      decoder = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!decoder) decoder = std::make_unique<OtlpJsonDecoder>();
  Result<RejectedSpans> decoded = decoder->Decode(body, builder);
  decoder->ShrinkBuffers(kKeptBodyBytesMax);
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(decoder));
  return decoded;
}

}  // namespace vivace
