// Standard base64 with padding (RFC 4648 section 4). Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vivace {

std::string ToBase64(std::string_view raw);

// Padding may be missing; the URL alphabet ('-', '_') is understood too, as protobuf's JSON asks for. INVALID_ARGUMENT otherwise.
Result<std::string> FromBase64(std::string_view text);

}  // namespace vivace
