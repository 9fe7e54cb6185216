// logfmt: `key=value key2="a value"`, the form of tags in the search API without TraceQL
// (spec/api.md 1.3). Quoted values may hold JSON's escapes (\n, \", \u00fc, …). Pure function, any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vivace {

// INVALID_ARGUMENT "invalid tags: …" for a duplicate key, for malformed logfmt and for unknown
// escapes.
Result<std::vector<std::pair<std::string, std::string>>> ParseLogfmt(std::string_view text);

}  // namespace vivace
