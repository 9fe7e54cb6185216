#include "traceql/value/datum.h"

#include <bit>
#include <cmath>

#include "columns/array_elements.h"

namespace vivace::traceql {
namespace {

Datum OfScalar(const AttributeValue& value) {
  switch (value.kind) {
    case ValueKind::kString:
      return Datum::String(value.text);
    case ValueKind::kBool:
      return Datum::Bool(value.bits != 0);
    case ValueKind::kInt:
      return Datum::Int(value.AsInt());
    case ValueKind::kDouble:
      return Datum::Float(value.AsDouble());
    default:
      return {.form = Datum::Form::kOpaque};
  }
}

Datum FirstElement(std::string_view encoded) {
  Datum first;
  ForEachElement(encoded, [&](const AttributeValue& element) {
    first = OfScalar(element);
    return false;
  });
  return first;
}

Datum OfArray(std::string_view encoded) {
  const ArraySummary summary = SummarizeArray(encoded);
  if (!summary.uniform || summary.count == 0) return {.form = Datum::Form::kOpaque};
  const Datum first = FirstElement(encoded);
  if (summary.count == 1 || !first.is_scalar()) return first;
  return {.type = first.type, .form = Datum::Form::kArray, .text = encoded};
}

template <typename T>
int OrderOf(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

}  // namespace

Datum Datum::Of(const AttributeValue& value) {
  if (value.IsSeveral())
    return {.type = FirstElement(value.text).type, .form = Form::kSeveral, .text = value.text};
  return value.kind == ValueKind::kArray ? OfArray(value.text) : OfScalar(value);
}

Datum Datum::Several(const std::vector<Datum>& numbers, std::string& storage) {
  if (numbers.empty()) return {};
  if (numbers.size() == 1) return numbers.front();
  std::vector<AttributeValue> values;
  for (const Datum& number : numbers)
    values.push_back(number.type == ValueType::kFloat ? AttributeValue::Double(number.real)
                                                      : AttributeValue::Int(number.number));
  storage = EncodeArray(values);
  return {.type = numbers.front().type, .form = Form::kSeveral, .text = storage};
}

std::vector<Datum> Datum::Numbers() const {
  if (form != Form::kSeveral) return is_numeric() ? std::vector{*this} : std::vector<Datum>{};
  std::vector<Datum> numbers;
  ForEachElement(text, [&](const AttributeValue& element) {
    if (const Datum value = OfScalar(element); value.is_numeric()) numbers.push_back(value);
    return true;
  });
  return numbers;
}

Datum Datum::Single() const { return form == Form::kSeveral ? FirstElement(text) : *this; }

bool Datum::AnyElement(const std::function<bool(const Datum&)>& test) const {
  bool any = false;
  ForEachElement(text, [&](const AttributeValue& element) {
    any = test(OfScalar(element));
    return !any;
  });
  return any;
}

Datum Datum::FilterElements(const std::function<bool(const Datum&)>& passes,
                            std::string& storage) const {
  std::vector<AttributeValue> kept;
  ForEachElement(text, [&](const AttributeValue& element) {
    if (passes(OfScalar(element))) kept.push_back(element);
    return true;
  });
  if (kept.empty()) return {};
  if (kept.size() == 1) return OfScalar(kept.front());
  storage = EncodeArray(kept);
  return {.type = type, .form = Form::kArray, .text = storage};
}

bool operator==(const Datum& a, const Datum& b) {
  return a.type == b.type && a.form == b.form && a.number == b.number && a.text == b.text &&
         std::bit_cast<uint64_t>(a.real) == std::bit_cast<uint64_t>(b.real);
}

void AppendKey(const Datum& value, std::string& key) {
  key += static_cast<char>(value.type);
  key += static_cast<char>(value.form);
  key.append(reinterpret_cast<const char*>(&value.number), sizeof value.number);
  key.append(reinterpret_cast<const char*>(&value.real), sizeof value.real);
  const size_t size = value.text.size();
  key.append(reinterpret_cast<const char*>(&size), sizeof size);
  key += value.text;
}

std::optional<int> Compare(const Datum& a, const Datum& b) {
  if (!a.is_scalar() || !b.is_scalar()) return std::nullopt;
  if (a.is_numeric() && b.is_numeric()) {
    if (a.type != ValueType::kFloat && b.type != ValueType::kFloat)
      return OrderOf(a.number, b.number);
    const double x = a.AsDouble();
    const double y = b.AsDouble();
    if (std::isnan(x) || std::isnan(y)) return std::nullopt;
    return OrderOf(x, y);
  }
  if (a.type != b.type) return std::nullopt;
  return a.type == ValueType::kString ? OrderOf(a.text, b.text) : OrderOf(a.number, b.number);
}

}  // namespace vivace::traceql
