// Base64 as protobuf's JSON mapping uses it: written in the standard alphabet with padding, read in
// whatever dialect senders use. Pure functions, any thread; encoding costs about a nanosecond a
// byte.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vivace {

// Appends the encoded `raw` to `out`.
void AppendBase64(std::string_view raw, std::string& out);
std::string ToBase64(std::string_view raw);

// Reads the standard and the URL-safe alphabet, with or without padding. INVALID_ARGUMENT names the
// first bad position.
Result<std::string> FromBase64(std::string_view text);

}  // namespace vivace
