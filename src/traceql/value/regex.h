// Regex: a regular expression of a query: RE2's dialect, matching whole texts, with a point that
// matches line ends too.
//
// Texts are read as Go reads them: a byte that is not part of UTF-8 is one character (U+FFFD).
//
// Linear time for any text and expression; the compiled program is bounded by kProgramBytesMax. Any
// thread, after construction.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace vivace::traceql {

class Regex {
 public:
  static constexpr int64_t kProgramBytesMax = 8 << 20;

  // Nothing where RE2 refuses it.
  static std::optional<Regex> Compile(std::string_view expression);
  // `*` stands for any text, everything else for itself, as does a star behind a backslash; two
  // backslashes before a star, or before such a pair, are one. Nothing where the text has no star
  // for any text: then `literal` is what it stands for.
  static std::optional<std::string> OfWildcards(std::string_view text, std::string& literal);

  bool Matches(std::string_view text) const;

 private:
  explicit Regex(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace vivace::traceql
