// TagFilter: the `q` of tag requests: which spans' tags are asked for (spec/traceql.md 6.3).
//
// Editors send queries that are still being written, so only conditions joined by && in one filter
// are used, unfinished ones are left out, and anything else filters nothing. As in Tempo a filter
// that names an attribute without scope (.http.url) filters nothing either; bare names (http.url),
// which Tempo does not have, do. Read-only once made; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "columns/row_kind.h"
#include "traceql/pipeline/entry_filters.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

// Whose attributes a scope names; spans' without one.
RowKind OwnerOfScope(Scope scope);

// Whether tag requests are unfiltered where it is asked for or a filter names it.
bool IsUnscopedForTags(const Attribute& attribute);

class TagFilter {
 public:
  // Of any text; empty text filters nothing.
  static TagFilter Of(std::string_view text);

  // The filter's expression in query(); nothing: all spans pass.
  const std::optional<ExprId>& expr() const { return expr_; }
  const Query& query() const { return query_; }
  bool filters() const { return expr_.has_value() || passes_nothing_; }
  // The conditions contradict the types: no span passes.
  bool passes_nothing() const { return passes_nothing_; }
  bool is_trace_level() const { return expr_ && IsTraceLevel(query_, *expr_); }
  EntryConditions entry_conditions() const {
    return expr_ ? EntryConditionsOf(query_, query_.pipeline) : EntryConditions();
  }
  // The literal that the attribute must equal by one of the conditions, also of a filter that is
  // not applied for its names without scope.
  std::optional<Value> EqualTo(const Attribute& attribute) const;

 private:
  Query query_;
  std::vector<Condition> conditions_;
  std::optional<ExprId> expr_;
  bool passes_nothing_ = false;
};

}  // namespace vivace::traceql
