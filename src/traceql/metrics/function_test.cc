#include <gtest/gtest.h>

#include <cmath>

#include "traceql/metrics/log2_histogram.h"

namespace vivace::traceql {
namespace {

TEST(IntervalValues, CountAndRate) {
  IntervalValues counts(MetricsFunction::kCountOverTime, 2);
  IntervalValues rates(MetricsFunction::kRate, 2);
  for (int i = 0; i < 5; ++i) counts.Count(1), rates.Count(1);
  EXPECT_EQ(counts.Values(10), (std::vector<double>{0, 5}));
  EXPECT_EQ(rates.Values(10), (std::vector<double>{0, 0.5}));
}

TEST(IntervalValues, MeasuresHaveNoSampleWithoutValues) {
  const std::pair<MetricsFunction, double> cases[] = {{MetricsFunction::kMinOverTime, -2},
                                                      {MetricsFunction::kMaxOverTime, 4},
                                                      {MetricsFunction::kSumOverTime, 3},
                                                      {MetricsFunction::kAvgOverTime, 1}};
  for (const auto& [function, expected] : cases) {
    IntervalValues values(function, 2);
    for (const double value : {1.0, -2.0, 4.0}) values.Add(0, value);
    EXPECT_EQ(values.Values(1)[0], expected);
    EXPECT_TRUE(std::isnan(values.Values(1)[1]));
  }
}

TEST(IntervalValues, SumsAreCompensated) {
  IntervalValues sum(MetricsFunction::kSumOverTime, 1);
  for (const double value : {1.0, 1e100, 1.0, -1e100}) sum.Add(0, value);
  EXPECT_EQ(sum.Values(1)[0], 2);
}

// The example of spec/traceql.md 5.5: bounds .0021 .0168 .0671 .5369 (twice) 1.0737 2.1475 seconds.
TEST(PowerHistogram, QuantileIsInterpolated) {
  PowerHistogram histogram(1);
  for (const uint64_t bound : {21, 24, 26, 29, 29, 30, 31}) histogram.Add(0, uint64_t{1} << bound);
  EXPECT_DOUBLE_EQ(histogram.Quantile(0, 0.5) / 1e9, 0.18981253124850314);
  EXPECT_EQ(histogram.Quantile(0, 1), static_cast<double>(uint64_t{1} << 31));
  EXPECT_EQ(histogram.Quantile(0, 0.5), histogram.Quantile(0.5));
}

TEST(PowerHistogram, BoundsHoldTheirPowerAndDropWhatIsBelowTwo) {
  PowerHistogram histogram(1);
  EXPECT_FALSE(histogram.Add(0, 0));
  EXPECT_FALSE(histogram.Add(0, 1));
  EXPECT_EQ(histogram.Quantile(0, 0.5), 0);
  histogram.Add(0, 2);
  histogram.Add(0, 1024);
  histogram.Add(0, 1025);
  EXPECT_EQ(histogram.Exponents(), (std::vector<size_t>{1, 10, 11}));
}

}  // namespace
}  // namespace vivace::traceql
