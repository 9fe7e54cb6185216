#include "api/http_responses.h"

#include <fmt/format.h>

namespace vivace {
namespace {

constexpr std::string_view kPlainText = "text/plain; charset=utf-8";

HttpResponse MakeResponse(int status, std::string_view content_type, std::string body) {
  return HttpResponse{status, {{"content-type", std::string(content_type)}}, std::move(body)};
}

}  // namespace

HttpResponse FrontendErrorResponse(int status, std::string_view text) {
  return MakeResponse(status, kPlainText, std::string(text));
}

HttpResponse EmptyResponse(int status) { return HttpResponse{.status = status}; }

HttpResponse JsonResponse(std::string body) {
  return MakeResponse(200, "application/json", std::move(body));
}

HttpResponse ProtobufResponse(std::string body) {
  return MakeResponse(200, "application/protobuf", std::move(body));
}

HttpResponse PlainTextResponse(std::string body) {
  return MakeResponse(200, kPlainText, std::move(body));
}

// RFC 7234, 5.5: 199 is "miscellaneous warning".
HttpResponse MarkPartial(HttpResponse response, std::string_view message) {
  if (!message.empty())
    response.headers.emplace_back("warning", fmt::format("199 vivace \"{}\"", message));
  return response;
}

HttpResponse QueryErrorResponse(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return FrontendErrorResponse(400, error.message);
    case ErrorCode::kUnauthenticated:
      return HttpErrorResponse(401, error.message);
    case ErrorCode::kPermissionDenied:
      return HttpErrorResponse(403, error.message);
    case ErrorCode::kNotFound:
      return EmptyResponse(404);
    case ErrorCode::kFailedPrecondition:
      return FrontendErrorResponse(422, error.message);
    case ErrorCode::kResourceExhausted:
      return FrontendErrorResponse(429, error.message);
    case ErrorCode::kCancelled:
      return FrontendErrorResponse(499, "context canceled");
    case ErrorCode::kDeadlineExceeded:
      return FrontendErrorResponse(504, "context deadline exceeded");
    case ErrorCode::kUnavailable:
      return FrontendErrorResponse(503, error.message);
    default:
      return HttpErrorResponse(500, error.message);
  }
}

ResponseFormat NegotiateFormat(const HttpHeaders& headers) {
  const std::string_view accept = FindHeader(headers, "accept");
  if (accept.contains("application/protobuf")) return ResponseFormat::kProtobuf;
  if (accept.contains("application/json")) return ResponseFormat::kJson;
  if (accept.contains("application/vnd.grafana.llm")) return ResponseFormat::kLlm;
  return ResponseFormat::kJson;
}

}  // namespace vivace
