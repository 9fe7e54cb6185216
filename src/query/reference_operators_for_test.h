// Test support: what the operators of TraceQL do with values, for the reference evaluator.
#pragma once

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "query/reference_rows_for_test.h"
#include "traceql/value/operators.h"

namespace vivace::testing {

// A query that cannot be computed (division by zero, structure over several sets).
struct RefFailure {};

inline bool RefTruthy(const RefValue& value) {
  if (value.type == RefValue::Type::kArray) return std::ranges::any_of(value.items, RefTruthy);
  return value.type == RefValue::Type::kBool && value.number != 0;
}

inline std::optional<int> RefOrder(const RefValue& a, const RefValue& b) {
  const auto order = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  if (a.is_numeric() && b.is_numeric()) {
    if (a.type != RefValue::Type::kFloat && b.type != RefValue::Type::kFloat)
      return order(a.number, b.number);
    if (std::isnan(a.AsDouble()) || std::isnan(b.AsDouble())) return std::nullopt;
    return order(a.AsDouble(), b.AsDouble());
  }
  if (a.type != b.type) return std::nullopt;
  if (a.type == RefValue::Type::kString) return order(a.text, b.text);
  const bool is_equality_only = a.type == RefValue::Type::kNil ||
                                a.type == RefValue::Type::kArray ||
                                a.type == RefValue::Type::kOpaque;
  return is_equality_only ? std::nullopt : std::optional(order(a.number, b.number));
}

inline bool RefComparesByOrder(const RefValue& a) {
  return a.is_numeric() || a.type == RefValue::Type::kString;
}

inline bool RefCompare(traceql::Operator op, const RefValue& a, const RefValue& b) {
  using traceql::Operator;
  if (op == Operator::kMatch || op == Operator::kNotMatch) {
    if (a.type != RefValue::Type::kString || b.type != RefValue::Type::kString) return false;
    RE2::Options options;
    options.set_dot_nl(true);
    std::string text = a.text;  // what is no UTF-8 is one character a byte
    for (size_t at = text.find('\xff'); at != std::string::npos; at = text.find('\xff'))
      text.replace(at, 1, "\xef\xbf\xbd");
    return RE2::FullMatch(text, RE2(b.text, options)) == (op == Operator::kMatch);
  }
  const std::optional<int> order = RefOrder(a, b);
  if (!order)
    return op == Operator::kNotEqual && a.is_numeric() &&
           b.is_numeric();  // NaN differs from everything
  if (op == Operator::kEqual) return *order == 0;
  if (op == Operator::kNotEqual) return *order != 0;
  if (!RefComparesByOrder(a)) return false;
  if (op == Operator::kLess) return *order < 0;
  if (op == Operator::kLessEqual) return *order <= 0;
  return op == Operator::kGreater ? *order > 0 : *order >= 0;
}

inline traceql::Operator RefSwapped(traceql::Operator op) {
  using traceql::Operator;
  static const std::map<Operator, Operator> swapped = {
      {Operator::kLess, Operator::kGreater},
      {Operator::kGreater, Operator::kLess},
      {Operator::kLessEqual, Operator::kGreaterEqual},
      {Operator::kGreaterEqual, Operator::kLessEqual}};
  const auto found = swapped.find(op);
  return found == swapped.end() ? op : found->second;
}

inline bool RefCompareAny(traceql::Operator op, const RefValue& a, const RefValue& b) {
  if (a.type == RefValue::Type::kOpaque || b.type == RefValue::Type::kOpaque) return false;
  const bool is_regex = op == traceql::Operator::kMatch || op == traceql::Operator::kNotMatch;
  if (a.type == RefValue::Type::kArray && b.type == RefValue::Type::kArray) {
    if (a.items.front().type != b.items.front().type) return false;
    return op == traceql::Operator::kEqual ? a == b
                                           : op == traceql::Operator::kNotEqual && !(a == b);
  }
  if (a.type == RefValue::Type::kArray)
    return std::ranges::any_of(a.items,
                               [&](const RefValue& item) { return RefCompare(op, item, b); });
  if (b.type == RefValue::Type::kArray) {
    return std::ranges::any_of(b.items, [&](const RefValue& item) {
      return RefCompare(is_regex ? op : RefSwapped(op), item, a);
    });
  }
  return RefCompare(op, a, b);
}

inline RefValue RefArithmetic(traceql::Operator op, const RefValue& a, const RefValue& b) {
  using traceql::Operator;
  if (!a.is_numeric() || !b.is_numeric()) return {};
  if (a.type == RefValue::Type::kInt && b.type == RefValue::Type::kInt) {
    if (op == Operator::kAdd) return RefInt(a.number + b.number);
    if (op == Operator::kSubtract) return RefInt(a.number - b.number);
    if (op == Operator::kMultiply) return RefInt(a.number * b.number);
    if (b.number == 0) throw RefFailure();
    return RefInt(op == Operator::kDivide ? a.number / b.number : a.number % b.number);
  }
  const double x = a.AsDouble();
  const double y = b.AsDouble();
  if (op == Operator::kAdd) return RefFloat(x + y);
  if (op == Operator::kSubtract) return RefFloat(x - y);
  if (op == Operator::kMultiply) return RefFloat(x * y);
  return RefFloat(op == Operator::kDivide ? x / y : std::fmod(x, y));
}

}  // namespace vivace::testing
