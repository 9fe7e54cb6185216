// Reads UTF-8 text rune by rune, and classifies letters, digits and blanks of all scripts as Go's
// unicode package does.
//
// For the lexer, whose rules (spec/traceql.md 1.1) are stated in these terms. Pure functions, any
// thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace vivace::traceql {

inline constexpr int32_t kEndOfText = -1;
inline constexpr int32_t kInvalidRune = 0xfffd;

struct Rune {
  int32_t code = kEndOfText;  // kInvalidRune where the bytes are not UTF-8
  uint32_t bytes = 0;         // that it takes; 1 where they are not UTF-8
  bool is_invalid = false;
};

// The rune at the front of `text`.
Rune FirstRune(std::string_view text);

bool IsLetter(int32_t rune);
// A decimal digit of any script.
bool IsDigit(int32_t rune);
// A digit, a letter that is a number, or another number.
bool IsNumber(int32_t rune);
bool IsSpace(int32_t rune);

}  // namespace vivace::traceql
