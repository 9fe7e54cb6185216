#include "traceql/value/regex.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/utf8.h"

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

std::optional<std::string> Regex::OfWildcards(std::string_view text, std::string& literal) {
  std::string expression;
  bool has_wildcard = false;
  literal.clear();
  auto quote = [&expression, &literal, quoted = size_t{0}]() mutable {
    const re2::StringPiece piece(literal.data() + quoted, literal.size() - quoted);
    expression += re2::RE2::QuoteMeta(piece);
    quoted = literal.size();
  };
  for (size_t at = 0; at < text.size();) {
    const size_t backslashes = std::min(text.find_first_not_of('\\', at), text.size()) - at;
    at += backslashes;
    const bool before_star = at < text.size() && text[at] == '*';
    literal.append(before_star ? backslashes / 2 : backslashes, '\\');
    if (at == text.size()) break;
    if (before_star && backslashes % 2 == 0) {
      quote();
      expression += ".*";
      has_wildcard = true;
    } else {
      literal += text[at];
    }
    ++at;
  }
  quote();
  return has_wildcard ? std::optional(std::move(expression)) : std::nullopt;
}

bool Regex::Matches(std::string_view text) const {
  std::string storage;
  const std::string_view readable = AsUtf8(text, storage);
  return re2::RE2::FullMatch(re2::StringPiece(readable.data(), readable.size()), *compiled_);
}

}  // namespace vivace::traceql
