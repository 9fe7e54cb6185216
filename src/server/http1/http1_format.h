// The bytes of an HTTP/1.1 answer. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/http.h"

namespace vivace {

struct Http1Framing {
  bool keep_alive = true;
  bool http_1_0 = false;  // of the request: keeping alive must be said then
};

// Status line and header fields up to the empty line, with Date and Content-Length (unless the status forbids one).
std::string FormatHttp1Header(const HttpResponse& response, const Http1Framing& framing);

// A short text answer with the style of Go's http.Error, which the API's clients know.
HttpResponse TextResponse(int status, std::string_view text);

// Whether an answer of `status` has a body at all.
bool StatusHasBody(int status);

// "Sat, 21 Nov 2026 01:55:28 GMT"; formatted once a second and thread.
std::string_view HttpDate();

}  // namespace vivace
