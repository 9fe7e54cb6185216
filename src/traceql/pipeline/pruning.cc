#include "traceql/pipeline/pruning.h"

#include <algorithm>

#include "columns/span_times.h"

namespace vivace::traceql {
namespace {

// Empty where missing values may pass too, or no column has the values.
std::vector<ColumnName> ColumnsOf(const Condition& condition, const Comparison& comparison) {
  const Attribute& attribute = condition.attribute;
  const auto attribute_of = [&](RowKind owner) {
    return ColumnName{.field = {}, .owner = owner, .key = attribute.key};
  };
  const auto field_of = [](Field field) {
    return ColumnName{.field = field, .owner = RowKind::kSpan, .key = {}};
  };
  if (comparison.Holds(Datum())) return {};
  switch (attribute.intrinsic) {
    case Intrinsic::kNone:
      break;
    case Intrinsic::kName:
      return {field_of(Field::kSpanName)};
    case Intrinsic::kDuration:
      return {field_of(Field::kSpanDuration)};
    case Intrinsic::kStatusMessage:
      return {field_of(Field::kSpanStatusMessage)};
    case Intrinsic::kInstrumentationName:
      return {field_of(Field::kScopeName)};
    case Intrinsic::kInstrumentationVersion:
      return {field_of(Field::kScopeVersion)};
    default:
      return {};
  }
  if (IsServiceName(attribute) && comparison.Holds(Datum::String(""))) return {};
  switch (attribute.scope) {
    case Scope::kNone:
      return {attribute_of(RowKind::kSpan), attribute_of(RowKind::kResource)};
    case Scope::kSpan:
      return {attribute_of(RowKind::kSpan)};
    case Scope::kResource:
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

Datum DatumOf(const ColumnName& column, const AttributeValue& value) {
  return column.field == Field::kSpanDuration
             ? Datum::Duration(static_cast<int64_t>(DurationOfDifference(value.bits)))
             : Datum::Of(value);
}

// Whether durations between the bounds may be any: wrapped ones, which are 0, are among them, as
// the largest of all.
bool HasWrapped(const ColumnName& column, const AttributeValue& last) {
  return column.field == Field::kSpanDuration && last.AsInt() < 0;
}

}  // namespace

Pruning::Pruning(const EntryConditions& entry_conditions) {
  for (const std::vector<Condition>& conditions : entry_conditions) {
    std::vector<Requirement>& requirements = entry_conditions_.emplace_back();
    for (const Condition& condition : conditions) {
      Comparison comparison(condition.attribute, condition.op, condition.literal);
      std::vector<ColumnName> columns = ColumnsOf(condition, comparison);
      if (!columns.empty()) requirements.push_back({std::move(columns), std::move(comparison)});
    }
  }
}

Result<bool> Pruning::MayHold(const Requirement& requirement, const MayHave& may_have) {
  for (const ColumnName& column : requirement.columns) {
    const auto passes = [&](const AttributeValue& value) {
      return requirement.comparison.Holds(DatumOf(column, value));
    };
    VIVACE_ASSIGN(const bool may, may_have(column, passes, requirement.comparison.only_text()));
    if (may) return true;
  }
  return false;
}

Result<bool> Pruning::MayMatch(const MayHave& may_have) const {
  for (const std::vector<Requirement>& requirements : entry_conditions_) {
    bool may_match = true;
    for (const Requirement& requirement : requirements) {
      if (!may_match) break;
      VIVACE_ASSIGN(may_match, MayHold(requirement, may_have));
    }
    if (may_match) return true;
  }
  return entry_conditions_.empty();
}

Result<uint64_t> Pruning::MostRowsOf(const Requirement& requirement, const CountRows& count_rows) {
  uint64_t sum = 0;
  for (const ColumnName& column : requirement.columns) {
    const auto passes = [&](const AttributeValue& value) {
      return requirement.comparison.Holds(DatumOf(column, value));
    };
    VIVACE_ASSIGN(const uint64_t rows, count_rows(column, passes));
    if (rows == kNotKnown) return kNotKnown;
    sum += rows;
  }
  return sum;
}

Result<uint64_t> Pruning::MostRows(const CountRows& count_rows) const {
  uint64_t sum = entry_conditions_.empty() ? kNotKnown : 0;
  for (const std::vector<Requirement>& requirements : entry_conditions_) {
    uint64_t least = kNotKnown;
    for (const Requirement& requirement : requirements) {
      VIVACE_ASSIGN(const uint64_t rows, MostRowsOf(requirement, count_rows));
      least = std::min(least, rows);
    }
    sum = least == kNotKnown || sum == kNotKnown ? kNotKnown : sum + least;
  }
  return sum;
}

Result<RowSet> Pruning::RowsThatMayHold(const Requirement& requirement,
                                        const RowsThatMayHave& rows_that_may_have) {
  RowSet all;
  for (const ColumnName& column : requirement.columns) {
    const auto may_pass = [&](const AttributeValue& first, const AttributeValue& last) {
      return HasWrapped(column, last) ||
             requirement.comparison.MayHoldBetween(DatumOf(column, first), DatumOf(column, last));
    };
    VIVACE_ASSIGN(const RowSet rows, rows_that_may_have(column, may_pass));
    all = Union(all, rows);
  }
  return all;
}

Result<RowSet> Pruning::RowsThatMayMatch(uint32_t rows,
                                         const RowsThatMayHave& rows_that_may_have) const {
  if (entry_conditions_.empty()) return RowSet::All(rows);
  RowSet all;
  for (const std::vector<Requirement>& requirements : entry_conditions_) {
    RowSet candidates = RowSet::All(rows);
    for (const Requirement& requirement : requirements) {
      if (candidates.empty()) break;
      VIVACE_ASSIGN(const RowSet holding, RowsThatMayHold(requirement, rows_that_may_have));
      candidates = Intersection(candidates, holding);
    }
    all = Union(all, candidates);
  }
  return all;
}

std::vector<ColumnName> Pruning::Columns() const {
  std::vector<ColumnName> columns;
  for (const std::vector<Requirement>& any_of : entry_conditions_) {
    for (const Requirement& requirement : any_of)
      columns.insert(columns.end(), requirement.columns.begin(), requirement.columns.end());
  }
  return columns;
}

}  // namespace vivace::traceql
