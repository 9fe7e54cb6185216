// UrlDenyList: requests that an operator has blocked (query_frontend.url_deny_list): regular
// expressions over path and query, in whatever spelling these come: as sent, decoded, and encoded
// as browsers and Grafana do.
//
// Read-only once made; any thread. Linear in the URL for each expression.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/http.h"
#include "base/result.h"

namespace re2 {
class RE2;
}

namespace vivace {

class UrlDenyList {
 public:
  // INVALID_ARGUMENT for an invalid regular expression.
  static Result<UrlDenyList> Make(const std::vector<std::string>& patterns);

  // Why a request is refused that is on the list: Tempo's text.
  std::optional<std::string> ReasonAgainst(const HttpRequest& request) const;
  // The answer to it: 400.
  std::optional<HttpResponse> RefusalFor(const HttpRequest& request) const;

 private:
  std::vector<std::shared_ptr<const re2::RE2>> patterns_;
};

}  // namespace vivace
