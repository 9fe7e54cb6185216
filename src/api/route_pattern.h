// RoutePattern: a path with variables, as gorilla/mux writes them: "/api/traces/{traceID}" (one
// segment), "{tagName:.*}" (anything).
//
// Immutable after parsing, any thread. A match costs one pass over the path, with backtracking per
// variable that may hold slashes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vivace {

using RouteVariables = std::vector<std::pair<std::string, std::string>>;

class RoutePattern {
 public:
  explicit RoutePattern(std::string_view pattern);

  // The variables, decoded and in order, of a path (HttpRequest::path) that matches. An encoded
  // slash separates no segments.
  std::optional<RouteVariables> Match(std::string_view path) const;

  const std::string& text() const { return text_; }
  // The regular expression that /status/endpoints shows.
  std::string Regex() const;

 private:
  // Literal text, then possibly a variable.
  struct Part {
    std::string literal;
    std::string variable;  // empty: none, the pattern ends here
    bool spans_segments = false;
  };

  bool MatchFrom(size_t part, std::string_view path, RouteVariables& variables) const;
  bool MatchVariable(size_t part, std::string_view path, RouteVariables& variables) const;

  std::string text_;
  std::vector<Part> parts_;
};

}  // namespace vivace
