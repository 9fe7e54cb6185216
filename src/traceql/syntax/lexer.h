// Lexer: the tokens of a query, for the grammar (spec/traceql.md 1.2 to 1.5).
//
// On top of the scanner's tokens come operators and scopes glued from several of them, attribute
// names, durations and numbers. One extension: a dotted name that is neither scope nor intrinsic
// (`source.pod.name`) is an attribute, where Tempo reports a syntax error; names that begin almost
// like a scope (scope_typos.h) stay errors. Owned by one parse, one thread; linear in the text.
#pragma once

#include <string_view>

#include "traceql/syntax/grammar.h"
#include "traceql/syntax/scanner.h"

namespace vivace::traceql {

class Lexer {
 public:
  explicit Lexer(std::string_view query) : scanner_(query) {}

  Grammar::symbol_type Next();

  // Of the last token.
  const Position& position() const { return scanner_.position(); }
  // Keeps the first error only.
  void Fail(std::string message) { scanner_.Fail(std::move(message)); }
  const std::optional<QueryError>& error() const { return scanner_.error(); }

 private:
  using Symbol = Grammar::symbol_type;
  enum class Mode : uint8_t { kPlain, kAttribute, kParentAttribute, kEndOfAttribute };

  Symbol NextOfAttribute();
  Symbol Word();
  Symbol BareName();
  Symbol Number(bool is_float);
  Symbol Text(bool is_raw);
  std::string ReadName();
  void ReadQuoted(std::string& name);
  bool AtBareName() const;

  Scanner scanner_;
  Mode mode_ = Mode::kPlain;
  bool in_hints_ = false;
};

}  // namespace vivace::traceql
