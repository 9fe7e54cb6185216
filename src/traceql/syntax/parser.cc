#include "traceql/syntax/parser.h"

#include <fmt/format.h>

#include "traceql/syntax/lexer.h"
#include "traceql/syntax/query_builder.h"

namespace vivace::traceql {
namespace {

std::unexpected<ParseError> SyntaxError(const Position& position, const std::string& message) {
  const std::string position_text =
      position.line == 0 && position.column == 0
          ? ""
          : fmt::format("at line {}, col {}", position.line, position.column);
  return std::unexpected(ParseError{ParseError::Kind::kSyntax,
                                    fmt::format("parse error {}: {}", position_text, message)});
}

// Of a syntax error, or of what cannot be computed.
std::expected<QueryBuilder, ParseError> Build(std::string_view text) {
  Lexer lexer(text);
  QueryBuilder builder;
  Grammar(lexer, builder).parse();
  if (builder.fatal_error()) return SyntaxError({0, 0}, *builder.fatal_error());
  if (lexer.error()) return SyntaxError(lexer.error()->position, lexer.error()->message);
  return builder;
}

}  // namespace

std::expected<Query, ParseError> ParseQuery(std::string_view text) {
  std::expected<QueryBuilder, ParseError> builder = Build(text);
  if (!builder) return std::unexpected(builder.error());
  if (builder->type_error())
    return std::unexpected(ParseError{ParseError::Kind::kType, *builder->type_error()});
  return builder->Take();
}

// As the only thing in a filter, whatever its type: then the grammar of names, and the words of
// errors, are the query's own.
std::expected<Attribute, ParseError> ParseAttribute(std::string_view text) {
  std::expected<QueryBuilder, ParseError> builder = Build(fmt::format("{{{}}}", text));
  if (!builder) return std::unexpected(builder.error());
  const Query query = builder->Take();
  const bool is_attribute =
      query.exprs.size() == 1 && query.exprs.front().kind == Expr::Kind::kAttribute;
  if (!is_attribute)
    return std::unexpected(
        ParseError{ParseError::Kind::kSyntax, fmt::format("\"{}\" is not an attribute", text)});
  return query.attributes.front();
}

}  // namespace vivace::traceql
