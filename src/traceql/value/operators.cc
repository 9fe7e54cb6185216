#include "traceql/value/operators.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "traceql/value/regex.h"

namespace vivace::traceql {
namespace {

constexpr std::array<std::string_view, 20> kTexts = {"+",  "-",  "*",  "/", "%",  "^",  "=",
                                                     "!=", "<",  "<=", ">", ">=", "=~", "!~",
                                                     "&&", "||", "-",  "!", "!=", "="};
constexpr size_t kMostResults = 100;  // of one operation
static_assert(kTexts.size() == static_cast<size_t>(Operator::kNotExists) + 1);

bool IsNumeric(ValueType type) {
  return type == ValueType::kInt || type == ValueType::kFloat || type == ValueType::kDuration;
}

int64_t ToSigned(uint64_t value) { return static_cast<int64_t>(value); }

// Wraps around; a negative exponent leaves what is left of the fraction.
Result<int64_t> IntegerPower(int64_t base, int64_t exponent) {
  if (exponent < 0) {
    if (base == 0) return Fail(ErrorCode::kInvalidArgument, "division by zero");
    if (base == 1) return 1;
    if (base == -1) return exponent % 2 == 0 ? 1 : -1;
    return 0;
  }
  uint64_t power = 1;
  for (auto factor = static_cast<uint64_t>(base); exponent > 0; exponent >>= 1, factor *= factor) {
    if (exponent & 1) power *= factor;
  }
  return ToSigned(power);
}

Result<int64_t> IntegerArithmetic(Operator op, int64_t a, int64_t b) {
  const auto ua = static_cast<uint64_t>(a);
  const auto ub = static_cast<uint64_t>(b);
  switch (op) {
    case Operator::kAdd:
      return ToSigned(ua + ub);
    case Operator::kSubtract:
      return ToSigned(ua - ub);
    case Operator::kMultiply:
      return ToSigned(ua * ub);
    case Operator::kDivide:
      if (b == 0) return Fail(ErrorCode::kInvalidArgument, "division by zero");
      return b == -1 ? ToSigned(0 - ua) : a / b;  // the smallest number has no negative
    case Operator::kModulo:
      if (b == 0) return Fail(ErrorCode::kInvalidArgument, "modulo by zero");
      return b == -1 ? 0 : a % b;
    default:
      return IntegerPower(a, b);
  }
}

double FloatArithmetic(Operator op, double a, double b) {
  switch (op) {
    case Operator::kAdd:
      return a + b;
    case Operator::kSubtract:
      return a - b;
    case Operator::kMultiply:
      return a * b;
    case Operator::kDivide:
      return a / b;
    case Operator::kModulo:
      return std::fmod(a, b);
    default:
      return std::pow(a, b);
  }
}

Result<Datum> Arithmetic(Operator op, const Datum& a, const Datum& b) {
  if (!a.is_numeric() || !b.is_numeric()) return Datum();
  if (a.type == ValueType::kInt && b.type == ValueType::kInt) {
    VIVACE_ASSIGN(const int64_t number, IntegerArithmetic(op, a.number, b.number));
    return Datum::Int(number);
  }
  return Datum::Float(FloatArithmetic(op, a.AsDouble(), b.AsDouble()));
}

bool HoldsComparison(Operator op, const Datum& a, const Datum& b) {
  if (a.is_nil() || b.is_nil()) return false;
  if (const std::optional<int> order = Compare(a, b))
    return IsAllowed(op, a.type) && Holds(op, *order);
  return op == Operator::kNotEqual && a.is_numeric() &&
         b.is_numeric();  // NaN differs from everything
}

bool MatchesRegex(Operator op, const Datum& text, const Datum& expression) {
  if (text.type != ValueType::kString || expression.type != ValueType::kString) return false;
  const std::optional<Regex> regex = Regex::Compile(expression.text);
  return regex.has_value() && regex->Matches(text.text) == (op == Operator::kMatch);
}

bool IsTrue(const Result<Datum>& datum) { return datum.has_value() && datum->is_true(); }

Datum Negative(Datum operand) {
  if (!operand.is_numeric()) return {};
  operand.number = ToSigned(0 - static_cast<uint64_t>(operand.number));
  operand.real = -operand.real;
  return operand;
}

bool HoldsForArrays(Operator op, const Datum& a, const Datum& b) {
  if (a.form == Datum::Form::kSeveral)
    return a.AnyElement([&](const Datum& value) { return IsTrue(Apply(op, value, b)); });
  if (b.form == Datum::Form::kSeveral)
    return b.AnyElement([&](const Datum& value) { return IsTrue(Apply(op, a, value)); });
  if (!a.is_scalar() && !b.is_scalar()) {
    const bool is_same = a == b;
    return a.type == b.type &&
           (op == Operator::kEqual ? is_same : op == Operator::kNotEqual && !is_same);
  }
  if (IsRegex(op) && !b.is_scalar()) {
    return b.AnyElement([&](const Datum& element) { return MatchesRegex(op, element, a); });
  }
  if (!a.is_scalar())
    return a.AnyElement([&](const Datum& element) {
      return IsRegex(op) ? MatchesRegex(op, element, b) : HoldsComparison(op, element, b);
    });
  return b.AnyElement(
      [&](const Datum& element) { return HoldsComparison(Mirrored(op), element, a); });
}

}  // namespace

std::string_view TextOf(Operator op) { return kTexts[static_cast<size_t>(op)]; }
bool IsArithmetic(Operator op) { return op <= Operator::kPower; }
bool IsComparison(Operator op) { return op >= Operator::kEqual && op <= Operator::kGreaterEqual; }
bool IsRegex(Operator op) { return op == Operator::kMatch || op == Operator::kNotMatch; }

bool AreCompatible(StaticType a, StaticType b) {
  if (!a || !b || *a == *b) return true;
  if (*a == ValueType::kNil || *b == ValueType::kNil) return true;
  return IsNumeric(*a) && IsNumeric(*b);
}

bool IsAllowed(Operator op, StaticType type) {
  if (!type) return true;
  const bool is_equality = op == Operator::kEqual || op == Operator::kNotEqual;
  switch (*type) {
    case ValueType::kBool:
      return is_equality || op == Operator::kAnd || op == Operator::kOr || op == Operator::kNot;
    case ValueType::kInt:
    case ValueType::kFloat:
    case ValueType::kDuration:
      return IsArithmetic(op) || IsComparison(op) || op == Operator::kNegate;
    case ValueType::kString:
      return IsComparison(op) || IsRegex(op);
    default:
      return is_equality;
  }
}

bool Holds(Operator op, int order) {
  switch (op) {
    case Operator::kEqual:
      return order == 0;
    case Operator::kNotEqual:
      return order != 0;
    case Operator::kLess:
      return order < 0;
    case Operator::kLessEqual:
      return order <= 0;
    case Operator::kGreater:
      return order > 0;
    default:
      return order >= 0;
  }
}

Operator Mirrored(Operator op) {
  switch (op) {
    case Operator::kLess:
      return Operator::kGreater;
    case Operator::kLessEqual:
      return Operator::kGreaterEqual;
    case Operator::kGreater:
      return Operator::kLess;
    case Operator::kGreaterEqual:
      return Operator::kLessEqual;
    default:
      return op;
  }
}

bool IsTrueOfAny(const Datum& datum) {
  if (datum.form != Datum::Form::kSeveral) return datum.is_true();
  return datum.AnyElement([](const Datum& value) { return value.is_true(); });
}

bool IsTruthy(const Datum& datum) {
  if (datum.form != Datum::Form::kArray && datum.form != Datum::Form::kSeveral)
    return datum.is_true();
  return datum.AnyElement([](const Datum& element) { return element.is_true(); });
}

Result<Datum> Apply(Operator op, const Datum& left, const Datum& right) {
  if (op == Operator::kAnd) return Datum::Bool(IsTruthy(left) && IsTruthy(right));
  if (op == Operator::kOr) return Datum::Bool(IsTruthy(left) || IsTruthy(right));
  if (IsArithmetic(op)) return Arithmetic(op, left, right);
  if (left.form == Datum::Form::kOpaque || right.form == Datum::Form::kOpaque)
    return Datum::Bool(false);
  if (!left.is_scalar() || !right.is_scalar()) return Datum::Bool(HoldsForArrays(op, left, right));
  return Datum::Bool(IsRegex(op) ? MatchesRegex(op, left, right)
                                 : HoldsComparison(op, left, right));
}

Datum Apply(Operator op, const Datum& operand) {
  switch (op) {
    case Operator::kExists:
      return Datum::Bool(!operand.is_nil() && operand.form != Datum::Form::kOpaque);
    case Operator::kNotExists:
      return Datum::Bool(operand.is_nil());
    case Operator::kNot:
      if (operand.form == Datum::Form::kSeveral)
        return Datum::Bool(operand.AnyElement([](const Datum& value) { return !value.is_true(); }));
      return Datum::Bool(!IsTruthy(operand));
    default:
      return Negative(operand);
  }
}

Result<Datum> ComputeEach(Operator op, const Datum& left, const Datum& right,
                          std::string& storage) {
  const std::vector<Datum> rights = right.Numbers();
  std::vector<Datum> results;
  Status failure;
  for (const Datum& a : left.Numbers()) {
    for (const Datum& b : rights) {
      if (results.size() == kMostResults) break;
      if (const Result<Datum> result = Arithmetic(op, a, b); result.has_value()) {
        results.push_back(*result);
      } else {
        failure = std::unexpected(result.error());
      }
    }
  }
  if (results.empty()) VIVACE_TRY(std::move(failure));
  return Datum::Several(results, storage);
}

Datum NegateEach(const Datum& operand, std::string& storage) {
  std::vector<Datum> numbers = operand.Numbers();
  for (Datum& number : numbers) number = Negative(number);
  return Datum::Several(numbers, storage);
}

}  // namespace vivace::traceql
