#include "traceql/syntax/scanner.h"

#include <fmt/format.h>

namespace vivace::traceql {
namespace {

constexpr int32_t kByteOrderMark = 0xfeff;

bool IsDecimal(int32_t rune) { return rune >= '0' && rune <= '9'; }
int32_t Lower(int32_t rune) { return rune >= 'A' && rune <= 'Z' ? rune + ('a' - 'A') : rune; }
bool IsHex(int32_t rune) { return IsDecimal(rune) || (Lower(rune) >= 'a' && Lower(rune) <= 'f'); }
bool IsBlank(int32_t rune) { return rune == ' ' || rune == '\t' || rune == '\n' || rune == '\r'; }

int DigitOf(int32_t rune) {
  if (IsDecimal(rune)) return rune - '0';
  return IsHex(rune) ? Lower(rune) - 'a' + 10 : 16;
}

std::string_view NameOf(char prefix) {
  switch (prefix) {
    case 'x':
      return "hexadecimal literal";
    case 'o':
    case '0':
      return "octal literal";
    case 'b':
      return "binary literal";
    default:
      return "decimal literal";
  }
}

// Underscores must stand between digits, or between prefix and digit.
bool HasStrayUnderscore(std::string_view number) {
  char before = '.';  // 0 stands for any digit
  size_t i = 0;
  const bool prefixed =
      number.size() >= 2 && number[0] == '0' &&
      std::string_view("xob").find(static_cast<char>(Lower(number[1]))) != std::string_view::npos;
  if (prefixed) {
    before = '0';
    i = 2;
  }
  for (; i < number.size(); ++i) {
    const char c = number[i];
    if (c == '_') {
      if (before != '0') return true;
      before = '_';
    } else if (IsHex(c)) {
      before = '0';
    } else {
      if (before == '_') return true;
      before = '.';
    }
  }
  return before == '_';
}

}  // namespace

Scanner::Scanner(std::string_view text) : text_(text), next_(FirstRune(text)) {
  if (next_.code != kByteOrderMark) return;
  at_ = next_.bytes;
  next_ = FirstRune(text_.substr(at_));
}

void Scanner::Fail(std::string message) {
  if (!error_) error_ = QueryError{position_, std::move(message)};
}

// Moves on to the next rune. Its encoding is checked at once.
void Scanner::Advance() {
  if (next_.code == kEndOfText) return;
  at_ += next_.bytes;
  if (next_.code == '\n') {
    ++here_.line;
    here_.column = 1;
  } else {
    ++here_.column;
  }
  next_ = FirstRune(text_.substr(at_));
  if (next_.code == 0) Fail("invalid character NUL");
  if (next_.is_invalid) Fail("invalid UTF-8 encoding");
}

void Scanner::Skip() {
  position_.line = 0;
  Advance();
}

void Scanner::SkipBytes(size_t bytes) {
  for (const size_t end = at_ + bytes; at_ < end;) Skip();
}

BaseToken Scanner::Scan() {
  if (at_ == 0 && next_.code == 0) Fail("invalid character NUL");
  if (at_ == 0 && next_.is_invalid) Fail("invalid UTF-8 encoding");
  while (IsBlank(next_.code) || SkipComment()) {
    if (IsBlank(next_.code)) Advance();
  }
  begin_ = at_;
  position_ = here_;
  const int32_t first = next_.code;
  if (text_.empty()) position_ = {0, 0};  // as Go's scanner has it: errors name no place
  if (first == kEndOfText) return BaseToken::kEnd;
  if (IsDecimal(first)) return ScanNumber(false);
  Advance();
  if (IsLetter(first) || first == '_') {
    while (IsLetter(next_.code) || next_.code == '_' || IsDigit(next_.code)) Advance();
    return BaseToken::kIdentifier;
  }
  if (first == '.' && IsDecimal(next_.code)) return ScanNumber(true);
  if (first == '"') {
    ScanString(first);
    return BaseToken::kString;
  }
  if (first == '`') {
    ScanRawString();
    return BaseToken::kRawString;
  }
  if (first == '\'') ScanRuneLiteral();
  return BaseToken::kRune;
}

// Skips a comment that begins here; whether there was one.
bool Scanner::SkipComment() {
  const std::string_view text = rest();
  const bool to_end_of_line = text.starts_with("//");
  if (!to_end_of_line && !text.starts_with("/*")) return false;
  position_ = here_;
  Advance();
  Advance();
  if (to_end_of_line) {
    while (next_.code != '\n' && next_.code != kEndOfText) Advance();
    return true;
  }
  while (!rest().starts_with("*/")) {
    if (next_.code == kEndOfText) {
      Fail("comment not terminated");
      return true;
    }
    Advance();
  }
  Advance();
  Advance();
  return true;
}

Scanner::Digits Scanner::ScanDigits(int base, int32_t& invalid) {
  Digits seen;
  for (; next_.code == '_' || (base <= 10 ? IsDecimal(next_.code) : IsHex(next_.code)); Advance()) {
    if (next_.code == '_') {
      seen.underscore = true;
      continue;
    }
    seen.any = true;
    if (base <= 10 && next_.code >= '0' + base && invalid == 0) invalid = next_.code;
  }
  return seen;
}

BaseToken Scanner::ScanNumber(bool seen_point) {
  int base = 10;
  char prefix = 0;
  int32_t invalid = 0;
  Digits seen;
  BaseToken token = seen_point ? BaseToken::kFloat : BaseToken::kInteger;
  const auto scan_digits = [&] {
    const Digits more = ScanDigits(base, invalid);
    seen.any |= more.any;
    seen.underscore |= more.underscore;
  };
  if (!seen_point) {
    if (next_.code == '0') {
      Advance();
      const int32_t letter = Lower(next_.code);
      prefix = letter == 'x' || letter == 'o' || letter == 'b' ? static_cast<char>(letter) : '0';
      base = prefix == 'x' ? 16 : prefix == 'b' ? 2 : 8;
      if (prefix == '0') {
        seen.any = true;
      } else {
        Advance();
      }
    }
    scan_digits();
    if (next_.code == '.') {
      Advance();
      seen_point = true;
      token = BaseToken::kFloat;
      if (prefix == 'o' || prefix == 'b')
        Fail(fmt::format("invalid radix point in {}", NameOf(prefix)));
    }
  }
  if (seen_point) scan_digits();
  if (!seen.any) Fail(fmt::format("{} has no digits", NameOf(prefix)));
  if (ScanExponent(prefix, seen)) {
    token = BaseToken::kFloat;
  } else if (prefix == 'x' && token == BaseToken::kFloat) {
    Fail("hexadecimal mantissa requires a 'p' exponent");
  }
  if (token == BaseToken::kInteger && invalid != 0) {
    Fail(fmt::format("invalid digit '{}' in {}", static_cast<char>(invalid), NameOf(prefix)));
  }
  if (seen.underscore && HasStrayUnderscore(this->token()))
    Fail("'_' must separate successive digits");
  return token;
}

bool Scanner::ScanExponent(char prefix, Digits& seen) {
  const int32_t letter = Lower(next_.code);
  if (letter != 'e' && letter != 'p') return false;
  if (letter == 'e' && prefix != 0 && prefix != '0') {
    Fail(fmt::format("'{}' exponent requires decimal mantissa", static_cast<char>(next_.code)));
  }
  if (letter == 'p' && prefix != 'x')
    Fail(fmt::format("'{}' exponent requires hexadecimal mantissa", static_cast<char>(next_.code)));
  Advance();
  if (next_.code == '+' || next_.code == '-') Advance();
  int32_t invalid = 0;
  const Digits digits = ScanDigits(10, invalid);
  seen.underscore |= digits.underscore;
  if (!digits.any) Fail("exponent has no digits");
  return true;
}

void Scanner::ScanString(int32_t quote) {
  while (next_.code != quote) {
    if (next_.code == '\n' || next_.code == kEndOfText) return Fail("literal not terminated");
    const bool is_escape = next_.code == '\\';
    Advance();
    if (is_escape) ScanEscape(quote);
  }
  Advance();
}

// After the backslash.
void Scanner::ScanEscape(int32_t quote) {
  const int32_t letter = next_.code;
  if (letter == quote ||
      (letter > 0 && letter < 0x80 &&
       std::string_view("abfnrtv\\").find(static_cast<char>(letter)) != std::string_view::npos)) {
    return Advance();
  }
  if (letter >= '0' && letter <= '7') return ScanEscapeDigits(3, 8);
  const int count = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  if (count == 0) return Fail("invalid char escape");
  Advance();
  ScanEscapeDigits(count, 16);
}

void Scanner::ScanEscapeDigits(int count, int base) {
  for (; count > 0 && DigitOf(next_.code) < base; --count) Advance();
  if (count > 0) Fail("invalid char escape");
}

void Scanner::ScanRawString() {
  while (next_.code != '`') {
    if (next_.code == kEndOfText) return Fail("literal not terminated");
    Advance();
  }
  Advance();
}

// 'x' is a token of its own; anything longer is an error.
void Scanner::ScanRuneLiteral() {
  uint32_t runes = 0;
  while (next_.code != '\'') {
    if (next_.code == '\n' || next_.code == kEndOfText) return Fail("literal not terminated");
    const bool is_escape = next_.code == '\\';
    Advance();
    if (is_escape) ScanEscape('\'');
    ++runes;
  }
  Advance();
  if (runes != 1) Fail("invalid char literal");
}

}  // namespace vivace::traceql
