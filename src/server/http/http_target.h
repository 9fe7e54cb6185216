// Takes a request target apart. Pure; any thread.
#pragma once

#include <string_view>

#include "base/http.h"

namespace vivace {

// Sets path and query from a target in origin or absolute form (RFC 9112 3.2).
void SplitTarget(std::string_view target, HttpRequest& request);

}  // namespace vivace
