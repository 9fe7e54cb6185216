// Times in RFC 3339 as Go parses them, with Go's error texts.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace vivace {

// Unix nanoseconds of "2026-11-21T00:05:12.5Z" or with an offset "+01:00".
Result<int64_t> ParseGoTime(std::string_view text);

}  // namespace vivace
