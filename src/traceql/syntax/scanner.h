// Scanner: cuts a query into the basic tokens of Go's text/scanner, which TraceQL's lexer builds on
// (spec/traceql.md 1.1).
//
// Identifiers, numbers, strings, single runes; comments and blanks between them are skipped. The
// lexer above reads on from where a token ended, rune by rune, where a token goes on by TraceQL's
// own rules. Errors do not stop it: the first one is kept. Owned by one lexer, one thread; linear
// in the text, allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "traceql/syntax/utf8.h"

namespace vivace::traceql {

enum class BaseToken : uint8_t { kEnd, kIdentifier, kInteger, kFloat, kString, kRawString, kRune };

// Where a token begins. `line` is 0 once the lexer has read on after it: error messages print that.
// Both are 0 in an empty text.
struct Position {
  uint32_t line = 1;
  uint32_t column = 1;
};

struct QueryError {
  Position position;
  std::string message;
};

class Scanner {
 public:
  // `text` must outlive the scanner.
  explicit Scanner(std::string_view text);

  // The next token; its text is token().
  BaseToken Scan();
  std::string_view token() const { return text_.substr(begin_, at_ - begin_); }

  // The rune after the token, and a step past it.
  int32_t Peek() const { return next_.code; }
  void Skip();
  // What follows the token.
  std::string_view rest() const { return text_.substr(at_); }
  void SkipBytes(size_t bytes);

  // Of the last token.
  const Position& position() const { return position_; }
  void Fail(std::string message);
  const std::optional<QueryError>& error() const { return error_; }

 private:
  bool SkipComment();
  BaseToken ScanNumber(bool seen_point);
  // Reads digits and underscores; what it saw.
  struct Digits {
    bool any = false;
    bool underscore = false;
  };
  Digits ScanDigits(int base, int32_t& invalid);
  bool ScanExponent(char prefix, Digits& seen);
  void ScanString(int32_t quote);
  void ScanEscape(int32_t quote);
  void ScanEscapeDigits(int count, int base);
  void ScanRawString();
  void ScanRuneLiteral();
  void Advance();

  std::string_view text_;
  size_t begin_ = 0;  // of the token
  size_t at_ = 0;     // of next_
  Rune next_;
  Position here_;  // of next_
  Position position_;
  std::optional<QueryError> error_;
};

}  // namespace vivace::traceql
