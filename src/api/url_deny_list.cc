#include "api/url_deny_list.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "api/http_responses.h"
#include "api/url_encoding.h"

namespace vivace {
namespace {

// The URL with its query encoded or decoded.
std::string Spelled(std::string_view path, const HttpRequest& request, bool is_encoded) {
  std::string url(path);
  char separator = '?';
  for (const auto& [name, value] : ParseQuery(request.query)) {
    url += std::exchange(separator, '&');
    is_encoded ? AppendQueryEscaped(name, url) : void(url += name);
    url += '=';
    is_encoded ? AppendQueryEscaped(value, url) : void(url += value);
  }
  return url;
}

}  // namespace

Result<UrlDenyList> UrlDenyList::Make(const std::vector<std::string>& patterns) {
  UrlDenyList list;
  for (const std::string& pattern : patterns) {
    re2::RE2::Options options(re2::RE2::Quiet);
    options.set_dot_nl(true);  // a line break must not hide the rest
    auto compiled = std::make_shared<const re2::RE2>(pattern, options);
    if (!compiled->ok()) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("query_frontend.url_deny_list: \"{}\": {}", pattern, compiled->error()));
    }
    list.patterns_.push_back(std::move(compiled));
  }
  return list;
}

std::optional<std::string> UrlDenyList::ReasonAgainst(const HttpRequest& request) const {
  if (patterns_.empty()) return std::nullopt;
  const std::string url = request.query.empty() ? request.path : request.path + "?" + request.query;
  const std::string decoded = Spelled(PercentDecode(request.path), request, false);
  const std::string encoded = Spelled(request.path, request, true);
  const auto matches = [&](const auto& pattern) {
    return re2::RE2::PartialMatch(url, *pattern) || re2::RE2::PartialMatch(decoded, *pattern) ||
           re2::RE2::PartialMatch(encoded, *pattern);
  };
  if (std::ranges::none_of(patterns_, matches)) return std::nullopt;
  return fmt::format(
      "Invalid request {}. This query has been identified as one that destabilizes our system. "
      "Contact your system administrator for more information",
      url);
}

std::optional<HttpResponse> UrlDenyList::RefusalFor(const HttpRequest& request) const {
  const auto reason = ReasonAgainst(request);
  if (!reason) return std::nullopt;
  return FrontendErrorResponse(400, *reason);
}

}  // namespace vivace
