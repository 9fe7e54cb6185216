// Numbers as Go's strconv reads them, with its error texts. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace vivace {

// A decimal number of `bits` bits with an optional sign. INVALID_ARGUMENT: `what`: strconv.`function`: parsing "x": invalid syntax, or
// "value out of range".
Result<int64_t> ParseGoInt(std::string_view text, std::string_view what, std::string_view function, int bits = 64);

}  // namespace vivace
