// A table in ASCII characters, as Tempo's status pages draw them. Pure, any thread.
#pragma once

#include <string>
#include <vector>

namespace vivace {

// Boxed text with a heading line; every row has as many cells as `heading`.
std::string AsciiTable(const std::vector<std::string>& heading,
                       const std::vector<std::vector<std::string>>& rows);

}  // namespace vivace
