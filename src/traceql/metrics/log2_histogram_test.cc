#include "traceql/metrics/log2_histogram.h"

#include <gtest/gtest.h>

namespace vivace::traceql {
namespace {

// The example of spec/traceql.md 5.5: bounds .0021 .0168 .0671 .5369 (twice) 1.0737 2.1475 seconds.
TEST(Log2Histogram, QuantileIsInterpolated) {
  Log2Histogram histogram(1);
  for (const uint64_t bound : {21, 24, 26, 29, 29, 30, 31}) histogram.Add(0, uint64_t{1} << bound);
  EXPECT_DOUBLE_EQ(histogram.Quantile(0, 0.5) / 1e9, 0.18981253124850314);
  EXPECT_EQ(histogram.Quantile(0, 1), static_cast<double>(uint64_t{1} << 31));
  EXPECT_EQ(histogram.Quantile(0, 0.5), histogram.Quantile(0.5));
}

TEST(Log2Histogram, BoundsHoldTheirPowerAndDropWhatIsBelowTwo) {
  Log2Histogram histogram(1);
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
