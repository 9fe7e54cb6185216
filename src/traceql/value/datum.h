// Datum: a value during evaluation: a literal's, a span's, or a result's. A view, without memory of
// its own.
//
// Beyond what a Value can be: arrays of one type, the values of a key that came several times, and
// what is stored but can't be queried (bytes, key-value lists, mixed arrays), which exists and
// equals nothing. Plain values, any thread; texts belong to the query or to the columns.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "columns/span_batch.h"
#include "traceql/value/value.h"

namespace vivace::traceql {

struct Datum {
  // kSeveral: of any types; conditions hold where they do for one of them.
  enum class Form : uint8_t { kScalar, kArray, kOpaque, kSeveral };
  ValueType type = ValueType::kNil;  // of an array: its elements' type; of several: the first's
  Form form = Form::kScalar;
  int64_t number = 0;     // kInt, kBool, kDuration, kStatus, kKind
  double real = 0;        // kFloat
  std::string_view text;  // kString; of an array or several: the encoded elements

  static Datum Int(int64_t value) { return {.type = ValueType::kInt, .number = value}; }
  static Datum Float(double value) { return {.type = ValueType::kFloat, .real = value}; }
  static Datum Bool(bool value) { return {.type = ValueType::kBool, .number = value ? 1 : 0}; }
  static Datum String(std::string_view value) {
    return {.type = ValueType::kString, .text = value};
  }
  static Datum Duration(int64_t nanos) { return {.type = ValueType::kDuration, .number = nanos}; }
  static Datum Status(int64_t status) { return {.type = ValueType::kStatus, .number = status}; }
  static Datum Kind(int64_t kind) { return {.type = ValueType::kKind, .number = kind}; }
  static Datum Of(const Value& value) {
    return {.type = value.type, .number = value.number, .real = value.real, .text = value.text};
  }
  // An attribute's value: a one-element array is its element, arrays of several types and empty
  // ones are opaque.
  static Datum Of(const AttributeValue& value);
  // Numbers, of which each counts: one alone as itself, none as nil, more as kSeveral, whose text
  // is kept in `storage`.
  static Datum Several(const std::vector<Datum>& numbers, std::string& storage);

  bool is_scalar() const { return form == Form::kScalar; }
  bool is_nil() const { return is_scalar() && type == ValueType::kNil; }
  bool is_numeric() const {
    return is_scalar() &&
           (type == ValueType::kInt || type == ValueType::kFloat || type == ValueType::kDuration);
  }
  bool is_true() const { return is_scalar() && type == ValueType::kBool && number != 0; }
  // Of a numeric value; a duration in nanoseconds.
  double AsDouble() const { return type == ValueType::kFloat ? real : static_cast<double>(number); }
  Value ToValue() const {
    return {.type = type, .number = number, .real = real, .text = std::string(text)};
  }

  // Those of several values, or itself, that are numbers.
  std::vector<Datum> Numbers() const;
  // Of several the one that counts where only one can (repeated_values.h); all others as they are.
  Datum Single() const;

  // The elements of an array that pass: one alone as itself, several as an array whose text is kept
  // in `storage`; none: nil.
  Datum FilterElements(const std::function<bool(const Datum&)>& passes, std::string& storage) const;
  // Whether `test` holds for some element of an array, or of several.
  bool AnyElement(const std::function<bool(const Datum&)>& test) const;

  // The same type and value, as grouping needs it. NaN equals itself.
  friend bool operator==(const Datum& a, const Datum& b);
};

// Appends bytes that differ for different values: the key of tables of groups.
void AppendKey(const Datum& value, std::string& key);

// The order of two scalars of one type or of two numbers: below, at or above 0. Nothing for others,
// and for NaN.
std::optional<int> Compare(const Datum& a, const Datum& b);

}  // namespace vivace::traceql
