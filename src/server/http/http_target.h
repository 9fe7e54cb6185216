// Request targets (RFC 9112 3.2, RFC 9113 8.3.1) taken apart, the path in its one spelling
// (HttpRequest::path). Done once, before anybody judges a request by its path. Pure; any thread;
// targets without escapes and dot segments cost one pass.
#pragma once

#include <optional>
#include <string_view>

#include "base/http.h"

namespace vivace {

// Sets path and query from a target in origin or absolute form, or "*". Returns what is wrong with
// a target that cannot be understood: an escape that is none, a NUL, a control character, a
// fragment, another form.
std::optional<std::string_view> ParseTarget(std::string_view target, HttpRequest& request);

}  // namespace vivace
