#include "api/http_responses.h"

namespace vivace {
namespace {

constexpr std::string_view kPlainText = "text/plain; charset=utf-8";

HttpResponse Reply(int status, std::string_view content_type, std::string body) {
  return HttpResponse{status, {{"content-type", std::string(content_type)}}, std::move(body)};
}

}  // namespace

HttpResponse FrontendErrorReply(int status, std::string_view text) { return Reply(status, kPlainText, std::string(text)); }

HttpResponse EmptyReply(int status) { return HttpResponse{.status = status}; }

HttpResponse JsonReply(std::string body) { return Reply(200, "application/json", std::move(body)); }

HttpResponse ProtobufReply(std::string body) { return Reply(200, "application/protobuf", std::move(body)); }

HttpResponse TextReply(std::string body) { return Reply(200, kPlainText, std::move(body)); }

HttpResponse QueryErrorReply(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return FrontendErrorReply(400, error.message);
    case ErrorCode::kUnauthenticated:
      return HttpErrorResponse(401, error.message);
    case ErrorCode::kPermissionDenied:
      return HttpErrorResponse(403, error.message);
    case ErrorCode::kNotFound:
      return EmptyReply(404);
    case ErrorCode::kFailedPrecondition:
      return FrontendErrorReply(422, error.message);
    case ErrorCode::kResourceExhausted:
      return FrontendErrorReply(429, error.message);
    case ErrorCode::kCancelled:
      return FrontendErrorReply(499, "context canceled");
    case ErrorCode::kDeadlineExceeded:
      return FrontendErrorReply(504, "context deadline exceeded");
    case ErrorCode::kUnavailable:
      return FrontendErrorReply(503, error.message);
    default:
      return HttpErrorResponse(500, error.message);
  }
}

AnswerFormat NegotiateFormat(const HttpHeaders& headers) {
  const std::string_view accept = FindHeader(headers, "accept");
  if (accept.contains("application/protobuf")) return AnswerFormat::kProtobuf;
  if (accept.contains("application/json")) return AnswerFormat::kJson;
  if (accept.contains("application/vnd.grafana.llm")) return AnswerFormat::kLlm;
  return AnswerFormat::kJson;
}

}  // namespace vivace
