// RFC 3339 times ("2026-11-20T23:51:33Z") as text. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vivace {

// In UTC with whole seconds. Years 0 to 9999.
std::string FormatRfc3339(int64_t unix_seconds);

struct ParsedTime {
  int64_t unix_seconds = 0;
  uint32_t nanos = 0;
};

// Fractions of any length (below a nanosecond they are cut) and offsets are understood;
// INVALID_ARGUMENT otherwise.
Result<ParsedTime> ParseRfc3339(std::string_view text);

}  // namespace vivace
