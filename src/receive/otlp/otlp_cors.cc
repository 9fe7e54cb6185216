#include "receive/otlp/otlp_cors.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"

namespace vivace {
namespace {

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

bool MatchesOrigin(std::string_view pattern, std::string_view text) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return EqualsIgnoringCase(pattern, text);
  const std::string_view tail = pattern.substr(star + 1);
  return text.size() >= star + tail.size() &&
         EqualsIgnoringCase(pattern.substr(0, star), text.substr(0, star)) &&
         EqualsIgnoringCase(tail, text.substr(text.size() - tail.size()));
}

CorsRules::CorsRules(CorsOptions options) : options_(std::move(options)) {
  any_origin_ = std::ranges::find(options_.allowed_origins, "*") != options_.allowed_origins.end();
  any_header_ = std::ranges::find(options_.allowed_headers, "*") != options_.allowed_headers.end();
  for (const std::string_view safe : {"Accept", "Accept-Language", "Content-Type",
                                      "Content-Language", "Origin", "X-Requested-With"}) {
    options_.allowed_headers.emplace_back(safe);
  }
}

bool CorsRules::AllowsOrigin(std::string_view origin) const {
  return !origin.empty() &&
         std::ranges::any_of(options_.allowed_origins, [&](const std::string& pattern) {
           return MatchesOrigin(pattern, origin);
         });
}

bool CorsRules::AllowsHeaders(std::string_view names) const {
  if (any_header_) return true;
  while (!names.empty()) {
    const size_t end = std::min(names.find(','), names.size());
    const std::string_view name = Trimmed(names.substr(0, end));
    const auto is_name = [&](const std::string& allowed) {
      return EqualsIgnoringCase(allowed, name);
    };
    if (!name.empty() && std::ranges::none_of(options_.allowed_headers, is_name)) return false;
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return true;
}

void CorsRules::AddOrigin(std::string_view origin, HttpHeaders& headers) const {
  headers.emplace_back("access-control-allow-origin", any_origin_ ? "*" : std::string(origin));
  headers.emplace_back("access-control-allow-credentials", "true");
}

std::optional<HttpResponse> CorsRules::PreflightResponse(const HttpRequest& request) const {
  const std::string_view method = FindHeader(request.headers, "access-control-request-method");
  if (options_.allowed_origins.empty() || request.method != "OPTIONS" || method.empty())
    return std::nullopt;
  HttpResponse response{.status = 204};
  response.headers.emplace_back(
      "vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
  const std::string_view origin = FindHeader(request.headers, "origin");
  const std::string_view names = FindHeader(request.headers, "access-control-request-headers");
  if (!AllowsOrigin(origin) || !AllowsHeaders(names) ||
      (method != "POST" && method != "GET" && method != "HEAD"))
    return response;
  AddOrigin(origin, response.headers);
  response.headers.emplace_back("access-control-allow-methods", method);
  if (!names.empty()) response.headers.emplace_back("access-control-allow-headers", names);
  if (options_.max_age_seconds > 0)
    response.headers.emplace_back("access-control-max-age",
                                  fmt::to_string(options_.max_age_seconds));
  return response;
}

void CorsRules::Decorate(const HttpRequest& request, HttpResponse& response) const {
  if (options_.allowed_origins.empty()) return;
  response.headers.emplace_back("vary", "Origin");
  const std::string_view origin = FindHeader(request.headers, "origin");
  if (AllowsOrigin(origin)) AddOrigin(origin, response.headers);
}

}  // namespace vivace
