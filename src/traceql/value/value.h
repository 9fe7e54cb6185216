// Value: a typed value of the query language: a literal, or the value of an expression without
// attributes.
//
// The types are TraceQL's (spec/traceql.md 2.1). A duration is a count of nanoseconds; status and
// kind are the numbers that OTLP gives them. Arrays exist only in data, never in a query, and are
// not Values (see Datum). Plain values, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vivace::traceql {

enum class ValueType : uint8_t { kNil, kInt, kFloat, kString, kBool, kDuration, kStatus, kKind };

struct Value {
  ValueType type = ValueType::kNil;
  int64_t number = 0;  // kInt, kBool (0 or 1), kDuration, kStatus, kKind
  double real = 0;     // kFloat
  std::string text;    // kString

  static Value Int(int64_t value) { return {.type = ValueType::kInt, .number = value}; }
  static Value Float(double value) { return {.type = ValueType::kFloat, .real = value}; }
  static Value Bool(bool value) { return {.type = ValueType::kBool, .number = value ? 1 : 0}; }
  static Value String(std::string value) {
    return {.type = ValueType::kString, .text = std::move(value)};
  }
  static Value Duration(int64_t nanos) { return {.type = ValueType::kDuration, .number = nanos}; }
  static Value Status(int64_t status) { return {.type = ValueType::kStatus, .number = status}; }
  static Value Kind(int64_t kind) { return {.type = ValueType::kKind, .number = kind}; }

  bool is_numeric() const {
    return type == ValueType::kInt || type == ValueType::kFloat || type == ValueType::kDuration;
  }
  bool is_true() const { return type == ValueType::kBool && number != 0; }
  // Of a numeric value; a duration in nanoseconds.
  double AsDouble() const { return type == ValueType::kFloat ? real : static_cast<double>(number); }

  bool operator==(const Value&) const = default;
};

// OTLP's numbers.
inline constexpr int64_t kStatusUnset = 0;
inline constexpr int64_t kStatusOk = 1;
inline constexpr int64_t kStatusError = 2;

// "error", "status(7)".
std::string StatusName(int64_t status);
// "server", "kind(9)".
std::string KindName(int64_t kind);
// Shortest digits, ".0" where neither point nor exponent would show that it is a float: "6.0",
// "1e+06".
std::string FormatFloat(double value);
// As the language writes it (spec/traceql.md 2.7): strings in back quotes, durations as Go prints
// them.
std::string Format(const Value& value);

}  // namespace vivace::traceql
