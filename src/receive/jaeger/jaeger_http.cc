#include "receive/jaeger/jaeger_http.h"

#include <fmt/format.h>

#include "receive/error_status.h"
#include "receive/jaeger/jaeger_thrift.h"

namespace vivace {
namespace {

// Go's text/html escaping of what came from the client.
std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&#34;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

HttpResponse ErrorResponse(int status, std::string_view text) {
  return HttpErrorResponse(status, EscapeHtml(text));
}

HttpResponse ResponseFor(const PushOutcome& outcome) {
  if (const auto& error = outcome.result.error) {
    if (outcome.is_malformed)
      return ErrorResponse(400, "Unable to process request body: " + error->message);
    HttpResponse response =
        ErrorResponse(HttpStatusOf(error->code), "Cannot submit Jaeger batch: " + error->message);
    if (outcome.result.retry_after_seconds > 0)
      response.headers.emplace_back("retry-after",
                                    fmt::to_string(outcome.result.retry_after_seconds));
    return response;
  }
  if (outcome.rejected.total() > 0)
    return ErrorResponse(400, "Cannot submit Jaeger batch: " + RejectedSpansMessage(outcome));
  return HttpResponse{.status = 202};
}

}  // namespace

void JaegerHttpReceiver::Handle(HttpRequest request, HttpResponder respond) const {
  if (request.path != "/api/traces") return respond(ErrorResponse(404, "404 page not found"));
  if (request.method != "POST") return respond(HttpResponse{.status = 405});
  const std::string_view content_type = FindHeader(request.headers, "content-type");
  const std::string type = MediaType(content_type);
  if (type.empty())
    return respond(ErrorResponse(400, "Cannot parse content type: mime: no media type"));
  if (type != "application/x-thrift" && type != "application/vnd.apache.thrift.binary") {
    return respond(ErrorResponse(400, fmt::format("Unsupported content type: {}", type)));
  }
  Result<std::string> body = TakeBody(request, options_.decompress, options_.body_bytes_max);
  if (!body)
    return respond(ErrorResponse(400, "Unable to process request body: " + body.error().message));
  Result<PushContext> context =
      MakePushContext(options_.receiver, request.headers, {"jaeger", "collector_http"});
  if (!context) return respond(ResponseFor({.result = {.error = std::move(context).error()}}));
  DecodeAndPush(options_.receiver, DecodeJaegerBatch, *body, std::move(*context), sink_,
                [respond = std::move(respond)](const PushOutcome& outcome) {
                  respond(ResponseFor(outcome));
                });
}

}  // namespace vivace
