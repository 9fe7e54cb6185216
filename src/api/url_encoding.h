// Text within URLs. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace vivace {

// As Go's url.QueryEscape: for names and values of a query.
void AppendQueryEscaped(std::string_view text, std::string& url);

}  // namespace vivace
