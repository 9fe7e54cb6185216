#include "traceql/pruning.h"

namespace vivace::traceql {
namespace {

// Empty where missing values may pass too, or the values are not told by name.
std::vector<ColumnName> ColumnsOf(const Condition& condition, const Comparison& comparison) {
  const Attribute& attribute = condition.attribute;
  const auto attribute_of = [&](RowKind owner) { return ColumnName{.field = {}, .owner = owner, .key = attribute.key}; };
  const auto field_of = [](Field field) { return ColumnName{.field = field, .owner = RowKind::kSpan, .key = {}}; };
  if (comparison.Holds(Datum())) return {};
  switch (attribute.intrinsic) {
    case Intrinsic::kNone:
      break;
    case Intrinsic::kName:
      return {field_of(Field::kSpanName)};
    case Intrinsic::kStatusMessage:
      return {field_of(Field::kSpanStatusMessage)};
    case Intrinsic::kInstrumentationName:
      return {field_of(Field::kScopeName)};
    case Intrinsic::kInstrumentationVersion:
      return {field_of(Field::kScopeVersion)};
    default:
      return {};
  }
  switch (attribute.scope) {
    case Scope::kNone:
      return {attribute_of(RowKind::kSpan), attribute_of(RowKind::kResource)};
    case Scope::kSpan:
      return {attribute_of(RowKind::kSpan)};
    case Scope::kResource:
      if (attribute.key == "service.name" && comparison.Holds(Datum::String(""))) return {};
      return {attribute_of(RowKind::kResource)};
    case Scope::kEvent:
      return {attribute_of(RowKind::kEvent)};
    case Scope::kLink:
      return {attribute_of(RowKind::kLink)};
    case Scope::kInstrumentation:
      return {attribute_of(RowKind::kScope)};
  }
  return {};
}

}  // namespace

Pruning::Pruning(const Entrances& entrances) {
  for (const std::vector<Condition>& conditions : entrances) {
    std::vector<Requirement>& requirements = entrances_.emplace_back();
    for (const Condition& condition : conditions) {
      Comparison comparison(condition.attribute, condition.op, condition.literal);
      std::vector<ColumnName> columns = ColumnsOf(condition, comparison);
      if (!columns.empty()) requirements.push_back({std::move(columns), std::move(comparison)});
    }
  }
}

Result<bool> Pruning::MayHold(const Requirement& requirement, const MayHave& may_have) {
  const auto passes = [&](const AttributeValue& value) { return requirement.comparison.Holds(Datum::Of(value)); };
  for (const ColumnName& column : requirement.columns) {
    VIVACE_ASSIGN(const bool may, may_have(column, passes));
    if (may) return true;
  }
  return false;
}

Result<bool> Pruning::MayEnter(const MayHave& may_have) const {
  for (const std::vector<Requirement>& requirements : entrances_) {
    bool may_enter = true;
    for (const Requirement& requirement : requirements) {
      if (!may_enter) break;
      VIVACE_ASSIGN(may_enter, MayHold(requirement, may_have));
    }
    if (may_enter) return true;
  }
  return entrances_.empty();
}

}  // namespace vivace::traceql
