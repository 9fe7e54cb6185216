#include "traceql/tags/tag_filter.h"

#include <re2/re2.h>

#include <algorithm>

#include "traceql/pipeline/conditions.h"
#include "traceql/syntax/parser.h"

namespace vivace::traceql {
namespace {

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// What is in the braces of a single filter, whose last brace may still be missing; nothing for all
// else. `|` is part of regular expressions only.
std::optional<std::string_view> InsideOf(std::string_view text) {
  text = Trimmed(text);
  if (!text.starts_with('{')) return std::nullopt;
  text.remove_prefix(1);
  if (text.ends_with('}')) text.remove_suffix(1);
  const bool has_regex = text.contains("=~");
  if (text.find_first_of(has_regex ? "{}" : "{}|") != std::string_view::npos) return std::nullopt;
  return text;
}

// The finished conditions of the form name op value, joined by &&.
std::string ConditionsIn(std::string_view text) {
  static const RE2 condition(
      R"re(((?:[^\s{}()=~!<>&|^,"]|"(?:[^"\\]|\\.)*")+)\s*(=~|!~|!=|>=|<=|=|>|<)\s*)re"
      R"re(("(?:[^"\\]|\\.)*"|`[^`]*`|-?[0-9][0-9.a-zµ]*|[a-z]+))re");
  std::string joined;
  re2::StringPiece rest(text.data(), text.size());
  std::string name, op, value;
  while (RE2::FindAndConsume(&rest, condition, &name, &op, &value)) {
    if (!joined.empty()) joined += " && ";
    joined += name + " " + op + " " + value;
  }
  return joined;
}

bool HasUnscoped(const Query& query) {
  return std::ranges::any_of(query.attributes, IsUnscopedForTags);
}

// Whether they read the same, however they are written.
bool IsSame(const Attribute& a, const Attribute& b) {
  return a.intrinsic == b.intrinsic && a.scope == b.scope && a.key == b.key;
}

}  // namespace

RowKind OwnerOfScope(Scope scope) {
  switch (scope) {
    case Scope::kResource:
      return RowKind::kResource;
    case Scope::kEvent:
      return RowKind::kEvent;
    case Scope::kLink:
      return RowKind::kLink;
    case Scope::kInstrumentation:
      return RowKind::kScope;
    default:
      return RowKind::kSpan;
  }
}

bool IsUnscopedForTags(const Attribute& attribute) {
  return attribute.intrinsic == Intrinsic::kNone && attribute.scope == Scope::kNone &&
         !attribute.is_bare;
}

TagFilter TagFilter::Of(std::string_view text) {
  TagFilter filter;
  const auto inside = InsideOf(text);
  const std::string conditions = inside ? ConditionsIn(*inside) : "";
  if (conditions.empty()) return filter;
  auto parsed = ParseQuery("{ " + conditions + " }");
  if (!parsed) {
    filter.passes_nothing_ = parsed.error().kind == ParseError::Kind::kType;
    return filter;
  }
  filter.query_ = *std::move(parsed);
  const auto* stage =
      std::get_if<SpansetStage>(&filter.query_.pipelines[filter.query_.pipeline].stages.front());
  if (stage == nullptr) return filter;
  filter.conditions_ =
      ConditionsOfExpr(filter.query_, filter.query_.spansets[stage->spanset].filter);
  if (!HasUnscoped(filter.query_)) filter.expr_ = filter.query_.spansets[stage->spanset].filter;
  return filter;
}

std::optional<Value> TagFilter::EqualTo(const Attribute& attribute) const {
  for (const Condition& condition : conditions_) {
    const bool is_equal =
        condition.test == Condition::Test::kCompare && condition.op == Operator::kEqual;
    if (is_equal && IsSame(condition.attribute, attribute)) return condition.literal;
  }
  return std::nullopt;
}

}  // namespace vivace::traceql
