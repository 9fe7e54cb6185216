// The bytes of an HTTP/1.1 answer. Pure functions; any thread.
#pragma once

#include <string>

#include "base/http.h"

namespace vivace {

struct Http1Framing {
  bool keep_alive = true;
  bool http_1_0 = false;  // of the request: keep-alive must be sent explicitly then
};

// Status line and header fields up to the empty line, with Date and Content-Length (unless the
// status forbids one).
std::string FormatHttp1Header(const HttpResponse& response, const Http1Framing& framing);

}  // namespace vivace
