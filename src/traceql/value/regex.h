// Regex: a regular expression of a query: RE2's dialect, matching whole texts, with a point that
// matches line ends too.
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
  // `*` stands for any text, everything else for itself.
  static std::string OfWildcards(std::string_view text);

  bool Matches(std::string_view text) const;

 private:
  explicit Regex(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace vivace::traceql
