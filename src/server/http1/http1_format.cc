#include "server/http1/http1_format.h"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>
#include <ctime>
#include <iterator>

namespace vivace {

bool StatusHasBody(int status) { return status >= 200 && status != 204 && status != 304; }

std::string_view HttpDate() {
  thread_local time_t formatted = 0;
  thread_local char text[32];
  thread_local size_t size = 0;
  const time_t now = time(nullptr);
  if (now != formatted) {
    tm parts;
    gmtime_r(&now, &parts);
    // The process never calls setlocale, so names of days and months are the English ones that RFC 9110 wants.
    size = strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    formatted = now;
  }
  return {text, size};
}

std::string FormatHttp1Header(const HttpResponse& response, const Http1Framing& framing) {
  std::string text;
  text.reserve(256);
  const auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(response.status));
  fmt::format_to(std::back_inserter(text), "HTTP/1.1 {} {}\r\n", response.status, std::string_view(reason.data(), reason.size()));
  for (const auto& [name, value] : response.headers) {
    if (name == "content-length" || name == "connection" || name == "transfer-encoding") continue;
    text.append(name).append(": ").append(value).append("\r\n");
  }
  text.append("date: ").append(HttpDate()).append("\r\n");
  if (StatusHasBody(response.status)) fmt::format_to(std::back_inserter(text), "content-length: {}\r\n", response.body.size());
  if (!framing.keep_alive) text.append("connection: close\r\n");
  if (framing.keep_alive && framing.http_1_0) text.append("connection: keep-alive\r\n");
  return text.append("\r\n");
}

HttpResponse TextResponse(int status, std::string_view text) {
  return {status, {{"content-type", "text/plain; charset=utf-8"}, {"x-content-type-options", "nosniff"}}, std::string(text) + "\n"};
}

}  // namespace vivace
