#include "server/http1/http1_format.h"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>
#include <iterator>

#include "server/http/http_response.h"

namespace vivace {

std::string FormatHttp1Header(const HttpResponse& response, const Http1Framing& framing) {
  std::string text;
  text.reserve(256);
  const auto reason =
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(response.status));
  fmt::format_to(std::back_inserter(text), "HTTP/1.1 {} {}\r\n", response.status,
                 std::string_view(reason.data(), reason.size()));
  for (const auto& [name, value] : response.headers) {
    if (name == "content-length" || name == "connection" || name == "transfer-encoding") continue;
    text.append(name).append(": ").append(value).append("\r\n");
  }
  text.append("date: ").append(HttpDate()).append("\r\n");
  if (StatusHasBody(response.status))
    fmt::format_to(std::back_inserter(text), "content-length: {}\r\n", response.body.size());
  if (!framing.keep_alive) text.append("connection: close\r\n");
  if (framing.keep_alive && framing.http_1_0) text.append("connection: keep-alive\r\n");
  return text.append("\r\n");
}

}  // namespace vivace
