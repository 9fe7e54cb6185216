#include "traceql/metrics/series.h"

#include <algorithm>

namespace vivace::traceql {

std::string SortTextOf(const Datum& value) {
  switch (value.type) {
    case ValueType::kBool:
      return value.number != 0 ? "bool_value:true" : "bool_value:false";
    case ValueType::kFloat:
      return "double_value:" + FormatFloat(value.real);
    case ValueType::kInt:
      return "int_value:" + std::to_string(value.number);
    default:
      return "string_value:" + std::string(value.text);
  }
}

void DropEmpty(std::vector<Series>& series) {
  std::erase_if(series, [](const Series& one) { return !one.has_samples(); });
}

bool ComesBefore(const SeriesLabels& a, const SeriesLabels& b) {
  if (a.size() != b.size()) return a.size() < b.size();
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].key != b[i].key) return a[i].key < b[i].key;
    const std::string text_a = SortTextOf(a[i].value.View());
    const std::string text_b = SortTextOf(b[i].value.View());
    if (text_a != text_b) return text_a < text_b;
  }
  return false;
}

Datum LabelValueOf(const Datum& value, std::string& storage) {
  if (value.form == Datum::Form::kSeveral) return LabelValueOf(value.Single(), storage);
  if (value.form == Datum::Form::kArray) return Datum::String(kNilText);
  if (!value.is_scalar()) return {};
  switch (value.type) {
    case ValueType::kDuration:
    case ValueType::kStatus:
    case ValueType::kKind:
      storage = Format(value.ToValue());
      return Datum::String(storage);
    default:
      return value;
  }
}

}  // namespace vivace::traceql
