#include "api/route_pattern.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/http.h"

namespace vivace {
namespace {

constexpr std::string_view kAnything = ":.*";

std::string EscapeRegex(std::string_view literal) {
  std::string quoted;
  for (const char c : literal) {
    if (std::string_view("\\.+*?()|[]{}^$").contains(c)) quoted += '\\';
    quoted += c;
  }
  return quoted;
}

}  // namespace

RoutePattern::RoutePattern(std::string_view pattern) : text_(pattern) {
  while (true) {
    const size_t open = pattern.find('{');
    const size_t close = pattern.find('}');
    Part part{.literal = std::string(pattern.substr(0, open))};
    if (close == std::string_view::npos) {
      parts_.push_back(std::move(part));
      return;
    }
    std::string_view variable = pattern.substr(open + 1, close - open - 1);
    part.spans_segments = variable.ends_with(kAnything);
    if (part.spans_segments) variable.remove_suffix(kAnything.size());
    part.variable = variable;
    parts_.push_back(std::move(part));
    pattern.remove_prefix(close + 1);
  }
}

std::optional<RouteVariables> RoutePattern::Match(std::string_view path) const {
  RouteVariables variables;
  if (!MatchFrom(0, path, variables)) return std::nullopt;
  for (auto& [name, value] : variables) {
    if (value.contains('%')) value = PercentDecode(value);
  }
  return variables;
}

bool RoutePattern::MatchFrom(size_t part, std::string_view path, RouteVariables& variables) const {
  const Part& current = parts_[part];
  if (!path.starts_with(current.literal)) return false;
  path.remove_prefix(current.literal.size());
  return current.variable.empty() ? path.empty() : MatchVariable(part, path, variables);
}

// The longest text that lets the rest match, as regular expressions are greedy.
bool RoutePattern::MatchVariable(size_t part, std::string_view path,
                                 RouteVariables& variables) const {
  const Part& current = parts_[part];
  const size_t longest =
      current.spans_segments ? path.size() : std::min(path.find('/'), path.size());
  const size_t shortest = current.spans_segments ? 0 : 1;
  for (size_t size = longest + 1; size-- > shortest;) {
    variables.emplace_back(current.variable, path.substr(0, size));
    if (MatchFrom(part + 1, path.substr(size), variables)) return true;
    variables.pop_back();
  }
  return false;
}

std::string RoutePattern::Regex() const {
  std::string regex = "^";
  size_t index = 0;
  for (const Part& part : parts_) {
    regex += EscapeRegex(part.literal);
    if (!part.variable.empty())
      regex += fmt::format("(?P<v{}>{})", index++, part.spans_segments ? ".*" : "[^/]+");
  }
  return regex + "$";
}

}  // namespace vivace
