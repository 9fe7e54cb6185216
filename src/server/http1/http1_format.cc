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
  text.append("HTTP/1.1 ").append(fmt::to_string(response.status)).append(" ");
  text.append(reason.data(), reason.size()).append("\r\n");
  for (const auto& [name, value] : response.headers) {
    if (name == "content-length" || name == "connection" || name == "transfer-encoding") continue;
    text.append(name).append(": ").append(value).append("\r\n");
  }
  text.append("date: ").append(HttpDate()).append("\r\n");
  if (StatusHasBody(response.status))
    text.append("content-length: ").append(fmt::to_string(response.body.size())).append("\r\n");
  if (!framing.keep_alive) text.append("connection: close\r\n");
  if (framing.keep_alive && framing.http_1_0) text.append("connection: keep-alive\r\n");
  return text.append("\r\n");
}

}  // namespace vivace
