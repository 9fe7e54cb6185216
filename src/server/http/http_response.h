// What answers over HTTP/1 and HTTP/2 have in common. Any thread.
#pragma once

#include <string_view>

namespace vivace {

// Whether an answer of `status` has a body at all.
bool StatusHasBody(int status);

// "Sat, 21 Nov 2026 01:55:28 GMT"; formatted at most once per second and thread.
std::string_view HttpDate();

}  // namespace vivace
