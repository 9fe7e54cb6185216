// Cross-origin rules of the OTLP/HTTP receiver: which web pages may send spans from a browser
// (receivers.otlp.protocols.http.cors).
//
// Without allowed origins nothing is answered and browsers refuse. Immutable after construction,
// any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/http.h"

namespace vivace {

struct CorsOptions {
  std::vector<std::string> allowed_origins;  // each may hold one '*', which stands for any text
  std::vector<std::string> allowed_headers;  // besides the safe-listed ones; "*" allows all
  uint32_t max_age_seconds = 0;              // 0: the browser's default
};

class CorsRules {
 public:
  explicit CorsRules(CorsOptions options);

  // The answer of a preflight request (OPTIONS that asks for a method), nothing for any other
  // request.
  std::optional<HttpResponse> PreflightResponse(const HttpRequest& request) const;
  // Adds what the answer to a cross-origin request must carry.
  void Decorate(const HttpRequest& request, HttpResponse& response) const;

 private:
  bool AllowsOrigin(std::string_view origin) const;
  bool AllowsHeaders(std::string_view names) const;
  void AddOrigin(std::string_view origin, HttpHeaders& headers) const;

  CorsOptions options_;
  bool any_origin_ = false;
  bool any_header_ = false;
};

// Whether `text` matches `pattern`, in which the first '*' stands for any text. Case-insensitive,
// as origins are.
bool MatchesOrigin(std::string_view pattern, std::string_view text);

}  // namespace vivace
