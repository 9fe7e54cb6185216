// ParseQuery: from the text of a query to its checked nodes.
//
// Errors have Tempo's words and positions (spec/traceql.md 1.6, 2.6). Nesting deeper than
// QueryBuilder::kDepthMax is refused. Any thread; time and memory are linear in the text, a few
// hundred bytes for each of its operators.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "traceql/syntax/ast.h"

namespace vivace::traceql {

struct ParseError {
  enum class Kind : uint8_t { kSyntax, kType };
  Kind kind = Kind::kSyntax;
  std::string message;
};

std::expected<Query, ParseError> ParseQuery(std::string_view text);

// An attribute or intrinsic alone, as the tag APIs take it: "span.http.url", "name".
std::expected<Attribute, ParseError> ParseAttribute(std::string_view text);

}  // namespace vivace::traceql
