// A streamed query as the HTTP request that asks for the same, for rules that are written about
// URLs (url_deny_list). Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "base/http.h"

namespace vivace {

// `method`: full, of tempopb.StreamingQuerier. Path and encoded query only, parameters by name.
// Nothing for an unknown method or a malformed message, which is refused elsewhere.
std::optional<HttpRequest> StreamedAsHttp(std::string_view method, std::string_view message);

}  // namespace vivace
