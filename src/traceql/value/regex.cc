#include "traceql/value/regex.h"

#include <re2/re2.h>

namespace vivace::traceql {

std::optional<Regex> Regex::Compile(std::string_view expression) {
  re2::RE2::Options options;
  options.set_dot_nl(true);
  options.set_log_errors(false);
  options.set_max_mem(kProgramBytesMax);
  auto compiled = std::make_shared<const re2::RE2>(
      re2::StringPiece(expression.data(), expression.size()), options);
  if (!compiled->ok()) return std::nullopt;
  return Regex(std::move(compiled));
}

std::string Regex::OfWildcards(std::string_view text) {
  std::string out;
  for (size_t begin = 0;;) {
    const size_t star = text.find('*', begin);
    const std::string_view piece =
        text.substr(begin, star == std::string_view::npos ? star : star - begin);
    out += re2::RE2::QuoteMeta(re2::StringPiece(piece.data(), piece.size()));
    if (star == std::string_view::npos) return out;
    out += ".*";
    begin = star + 1;
  }
}

bool Regex::Matches(std::string_view text) const {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

}  // namespace vivace::traceql
