#include "traceql/value/operators.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace vivace::traceql {
namespace {

constexpr int64_t kSmallest = std::numeric_limits<int64_t>::min();

Datum Done(Operator op, const Datum& a, const Datum& b) { return Apply(op, a, b).value(); }

TEST(Apply, ComputesWithIntegersAndWrapsAround) {
  EXPECT_EQ(Done(Operator::kDivide, Datum::Int(-7), Datum::Int(2)), Datum::Int(-3));
  EXPECT_EQ(Done(Operator::kModulo, Datum::Int(-7), Datum::Int(2)), Datum::Int(-1));
  EXPECT_EQ(Done(Operator::kDivide, Datum::Int(kSmallest), Datum::Int(-1)), Datum::Int(kSmallest));
  EXPECT_EQ(Done(Operator::kModulo, Datum::Int(kSmallest), Datum::Int(-1)), Datum::Int(0));
  EXPECT_EQ(Done(Operator::kSubtract, Datum::Int(kSmallest), Datum::Int(1)),
            Datum::Int(std::numeric_limits<int64_t>::max()));
  EXPECT_EQ(Done(Operator::kPower, Datum::Int(2), Datum::Int(3)), Datum::Int(8));
  EXPECT_EQ(Done(Operator::kPower, Datum::Int(2), Datum::Int(-1)), Datum::Int(0));
  EXPECT_EQ(Apply(Operator::kDivide, Datum::Int(1), Datum::Int(0)).error().message,
            "division by zero");
  EXPECT_EQ(Apply(Operator::kModulo, Datum::Int(1), Datum::Int(0)).error().message,
            "modulo by zero");
}

TEST(Apply, TreatsMixedNumbersAsFloats) {
  EXPECT_EQ(Done(Operator::kMultiply, Datum::Duration(3), Datum::Int(2)), Datum::Float(6));
  EXPECT_TRUE(Done(Operator::kEqual, Datum::Int(5), Datum::Float(5)).is_true());
  EXPECT_TRUE(Done(Operator::kGreater, Datum::Float(2.5), Datum::Int(1)).is_true());
  EXPECT_TRUE(Done(Operator::kNotEqual, Datum::Float(std::nan("")), Datum::Int(1)).is_true());
}

TEST(Apply, TakesNilAndOtherTypesForFalse) {
  EXPECT_FALSE(Done(Operator::kNotEqual, Datum(), Datum::String("x")).is_true());
  EXPECT_FALSE(Done(Operator::kLess, Datum::String("a"), Datum::Int(1)).is_true());
  EXPECT_TRUE(Done(Operator::kOr, Datum(), Datum::Bool(true)).is_true());
  EXPECT_TRUE(Apply(Operator::kNot, Datum()).is_true());
  EXPECT_TRUE(Apply(Operator::kNotExists, Datum()).is_true());
}

TEST(Apply, ChecksEachElementOfAnArray) {
  const Datum array = Datum::Of(AttributeValue::Array("\x0a\x02\x18\x05\x0a\x02\x18\x07"));  // 5, 7
  EXPECT_TRUE(Done(Operator::kEqual, array, Datum::Int(7)).is_true());
  EXPECT_TRUE(Done(Operator::kNotEqual, array, Datum::Int(7)).is_true());
  EXPECT_FALSE(Done(Operator::kGreater, array, Datum::Int(7)).is_true());
  EXPECT_TRUE(Done(Operator::kLess, Datum::Int(6), array).is_true());
  EXPECT_EQ(Datum::Of(AttributeValue::Array("\x0a\x02\x18\x05")),
            Datum::Int(5));  // one element is itself
  EXPECT_EQ(Datum::Of(AttributeValue::Array("")).form, Datum::Form::kOpaque);
}

}  // namespace
}  // namespace vivace::traceql
