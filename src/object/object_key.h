// What makes a key legal in every store: parts joined by '/', none empty, "." or "..", no byte 0,
// so that no key can leave the store. Pure functions, any thread.
#pragma once

#include <string_view>

#include "base/result.h"

namespace vivace {

// INVALID_ARGUMENT unless `key` names an object.
Status CheckKey(std::string_view key);
// The same for the prefix of a listing, which may be empty.
Status CheckPrefix(std::string_view prefix);

}  // namespace vivace
