// Operators of the query language, and what they do with values.
//
// The rules are those of spec/traceql.md 2.6 (which types an operator takes) and 2.8 (what comes
// out), less its marked defects: `^` is power, and an integer division by zero is an error. Pure
// functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "traceql/value/datum.h"
#include "traceql/value/value.h"

namespace vivace::traceql {

enum class Operator : uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kPower,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kMatch,
  kNotMatch,
  kAnd,
  kOr,
  kNegate,  // unary from here
  kNot,
  kExists,     // x != nil
  kNotExists,  // x = nil
};

// As a query writes it.
std::string_view TextOf(Operator op);
bool IsArithmetic(Operator op);
bool IsComparison(Operator op);  // = != < <= > >=
bool IsRegex(Operator op);

// The type that an expression has before any data is seen; nothing where it is known only at run
// time.
using StaticType = std::optional<ValueType>;

// Whether values of the two types can be operands of one operation at all.
bool AreCompatible(StaticType a, StaticType b);
bool IsAllowed(Operator op, StaticType type);

// `left` op `right`. Types that do not fit, and nil where there must be a value, give false, in
// arithmetic nil; && and || treat non-booleans as false; of an array some element must match. A
// regular expression is compiled anew. Fails for an integer division by zero.
Result<Datum> Apply(Operator op, const Datum& left, const Datum& right);
// The same of arithmetic where a side is several values: several results, of each with each, as far
// as there are numbers and it can be computed; the first 100. Their text is kept in `storage`.
Result<Datum> ComputeEach(Operator op, const Datum& left, const Datum& right, std::string& storage);
// op `operand`, one of kNegate, kNot, kExists, kNotExists. What is not a boolean is not true; what
// is not a number has no negative: nil.
Datum Apply(Operator op, const Datum& operand);
// kNegate of several values.
Datum NegateEach(const Datum& operand, std::string& storage);

// Whether a comparison by `op` holds for values in the order `order` (below, at or above 0).
bool Holds(Operator op, int order);
// The same comparison with its sides swapped.
Operator Mirrored(Operator op);
// Whether it is true; several are where one of them is.
bool IsTrueOfAny(const Datum& datum);
// Whether && and || treat it as true: true, or an array with a true element.
bool IsTruthy(const Datum& datum);

}  // namespace vivace::traceql
