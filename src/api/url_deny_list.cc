#include "api/url_deny_list.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "api/http_responses.h"

namespace vivace {

Result<UrlDenyList> UrlDenyList::Make(const std::vector<std::string>& patterns) {
  UrlDenyList list;
  for (const std::string& pattern : patterns) {
    auto compiled = std::make_shared<const re2::RE2>(pattern, re2::RE2::Quiet);
    if (!compiled->ok()) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("query_frontend.url_deny_list: \"{}\": {}", pattern, compiled->error()));
    }
    list.patterns_.push_back(std::move(compiled));
  }
  return list;
}

std::optional<HttpResponse> UrlDenyList::RefusalFor(const HttpRequest& request) const {
  if (patterns_.empty()) return std::nullopt;
  const std::string url = request.query.empty() ? request.path : request.path + "?" + request.query;
  const auto matches = [&](const auto& pattern) { return re2::RE2::PartialMatch(url, *pattern); };
  if (std::ranges::none_of(patterns_, matches)) return std::nullopt;
  return FrontendErrorResponse(400,
                               fmt::format("Invalid request {}. This query has been identified as "
                                           "one that destabilizes our system. Contact "
                                           "your system administrator for more information",
                                           url));
}

}  // namespace vivace
