// Quoted: text between double quotes on one line, as logfmt and YAML read it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace vivace {

// `"` and `\` behind a backslash, line ends as \n, other control characters as \u00xx; every other
// byte as it is.
std::string Quoted(std::string_view text);

}  // namespace vivace
