// Letters of ASCII without regard to their case, whatever the locale. Pure functions.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace vivace {

constexpr char ToLowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

inline std::string ToLowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ToLowerAscii(c);
  return lower;
}

inline bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b,
                            [](char x, char y) { return ToLowerAscii(x) == ToLowerAscii(y); });
}

}  // namespace vivace
