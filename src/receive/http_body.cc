#include "receive/http_body.h"

#include <fmt/format.h>

#include "base/ascii.h"

namespace vivace {

Result<std::string> TakeBody(HttpRequest& request, const Decompressor& decompress,
                             size_t bytes_max) {
  const auto too_large = [] {
    return Fail(ErrorCode::kInvalidArgument, "http: request body too large");
  };
  if (request.body.size() > bytes_max) return too_large();
  const std::string_view encoding = FindHeader(request.headers, "content-encoding");
  if (encoding.empty() || encoding == "identity") return std::move(request.body);
  if (!decompress)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("unsupported Content-Encoding: {}", encoding));
  Result<std::string> body = decompress(encoding, request.body, bytes_max);
  if (body) return body;
  if (body.error().code == ErrorCode::kResourceExhausted) return too_large();
  return Fail(ErrorCode::kInvalidArgument, std::move(body).error().message);
}

std::string MediaType(std::string_view content_type) {
  std::string type = ToLowerAscii(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  return type;
}

}  // namespace vivace
