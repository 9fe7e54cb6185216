#include "traceql/metrics/series_arithmetic.h"

#include <gtest/gtest.h>

#include "traceql/metrics/series_for_test.h"

namespace vivace::traceql {
namespace {

TEST(SeriesArithmetic, SeriesMatchByLabels) {
  const std::vector<Series> right = {MakeSeries("b", {2, 0}), MakeSeries("a", {4, 1}),
                                     MakeSeries("z", {1, 1})};
  EXPECT_EQ(TextOf(CombineSeries(Operator::kDivide, ThreeSeries(), right)),
            "a 0.25 5.0 ; b 1.5 - ; ");  // by zero: no sample
}

TEST(SeriesArithmetic, OneWithoutLabelsMatchesAll) {
  const Series total{.labels = {{"__name__", OwnedDatum(Datum::String("rate"))}},
                     .values = {2, 2},
                     .exemplars = {}};
  EXPECT_EQ(TextOf(CombineSeries(Operator::kMultiply, ThreeSeries(), {total})),
            "a 2.0 10.0 ; b 6.0 10.0 ; c 4.0 0.0 ; ");
  const auto both = CombineSeries(Operator::kAdd, {total}, {total});
  EXPECT_EQ(both.front().labels.front().value.View().text, "(rate + rate)");
}

TEST(SeriesArithmetic, ConstantsStandOnEitherSide) {
  EXPECT_EQ(TextOf(CombineConstant(Operator::kSubtract, {MakeSeries("a", {1, 4})}, 10, true)),
            "a 9.0 6.0 ; ");
  EXPECT_EQ(TextOf(CombineConstant(Operator::kSubtract, {MakeSeries("a", {1, 4})}, 10, false)),
            "a -9.0 -6.0 ; ");
}

}  // namespace
}  // namespace vivace::traceql
