#include "traceql/metrics/function.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace vivace::traceql {
namespace {

// Steps of ten seconds.
TimeSteps Steps(size_t count) {
  return {.start_unix_nanos = 0, .step_nanos = 10'000'000'000, .count = count};
}

Function Make(MetricsFunction function, size_t intervals) {
  return MakeFunction({.function = function}, Steps(intervals));
}

// The samples of one group whose spans have these values in the first interval.
std::vector<double> SamplesOf(MetricsFunction function, size_t intervals,
                              const std::vector<double>& values) {
  Function made = Make(function, intervals);
  return std::visit(
      [&]<typename F>(F& of) -> std::vector<double> {
        of.AddGroup();
        if constexpr (MeasuresValues<F> && YieldsSamples<F>) {
          for (const double value : values) of.Add(0, 0, Datum::Float(value));
          return of.Samples(0);
        }
        return {};
      },
      made);
}

TEST(Function, CountAndRate) {
  CountOverTime counts({}, Steps(2));
  Rate rates({}, Steps(2));
  counts.AddGroup(), rates.AddGroup();
  for (int i = 0; i < 5; ++i) counts.Add(0, 1), rates.Add(0, 1);
  EXPECT_EQ(counts.Samples(0), (std::vector<double>{0, 5}));
  EXPECT_EQ(rates.Samples(0), (std::vector<double>{0, 0.5}));
}

TEST(Function, MeasuresHaveNoSampleWithoutValues) {
  const std::pair<MetricsFunction, double> cases[] = {{MetricsFunction::kMinOverTime, -2},
                                                      {MetricsFunction::kMaxOverTime, 4},
                                                      {MetricsFunction::kSumOverTime, 3},
                                                      {MetricsFunction::kAvgOverTime, 1}};
  for (const auto& [function, expected] : cases) {
    const std::vector<double> samples = SamplesOf(function, 2, {1.0, -2.0, 4.0});
    ASSERT_EQ(samples.size(), 2U);
    EXPECT_EQ(samples[0], expected);
    EXPECT_TRUE(std::isnan(samples[1]));
  }
}

TEST(Function, SumsAreCompensated) {
  EXPECT_EQ(SamplesOf(MetricsFunction::kSumOverTime, 1, {1.0, 1e100, 1.0, -1e100}),
            std::vector<double>{2});
}

TEST(Function, SumsMayBeInfinite) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<double> infinite{kInfinity};
  for (const MetricsFunction function :
       {MetricsFunction::kSumOverTime, MetricsFunction::kAvgOverTime}) {
    EXPECT_EQ(SamplesOf(function, 1, {1.0, kInfinity, 2.0}), infinite);
    EXPECT_EQ(SamplesOf(function, 1, {1e308, 1e308}), infinite);
  }
}

TEST(Function, WhatIsNoNumberIsNotMeasured) {
  for (const MetricsFunction name :
       {MetricsFunction::kMinOverTime, MetricsFunction::kMaxOverTime, MetricsFunction::kSumOverTime,
        MetricsFunction::kAvgOverTime}) {
    std::visit(
        []<typename F>(const F& function) {
          if constexpr (MeasuresValues<F>) {
            EXPECT_FALSE(function.Accepts(Datum::Float(std::nan(""))));
          }
          if constexpr (MeasuresValues<F> && YieldsSamples<F>) {
            EXPECT_TRUE(function.Accepts(Datum::Float(-HUGE_VAL)));
          }
        },
        Make(name, 1));
  }
}

TEST(Function, IsMadeByItsName) {
  const std::pair<MetricsFunction, std::string_view> cases[] = {
      {MetricsFunction::kRate, "rate"},
      {MetricsFunction::kCountOverTime, "count_over_time"},
      {MetricsFunction::kMinOverTime, "min_over_time"},
      {MetricsFunction::kMaxOverTime, "max_over_time"},
      {MetricsFunction::kAvgOverTime, "avg_over_time"},
      {MetricsFunction::kSumOverTime, "sum_over_time"},
      {MetricsFunction::kQuantileOverTime, "quantile_over_time"},
      {MetricsFunction::kHistogramOverTime, "histogram_over_time"}};
  for (const auto& [function, name] : cases) {
    EXPECT_EQ(std::visit([](const auto& made) { return made.kName; }, Make(function, 1)), name);
  }
}

TEST(Function, SpanDurationsAreMeasuredInSeconds) {
  MaxOverTime spans({.argument = {.intrinsic = Intrinsic::kDuration}}, Steps(1));
  MaxOverTime traces({.argument = {.intrinsic = Intrinsic::kTraceDuration}}, Steps(1));
  spans.AddGroup(), traces.AddGroup();
  spans.Add(0, 0, Datum::Duration(2'500'000'000)), traces.Add(0, 0, Datum::Duration(2'500'000'000));
  EXPECT_EQ(spans.Samples(0), std::vector<double>{2.5});
  EXPECT_EQ(traces.Samples(0), std::vector<double>{2.5e9});
}

}  // namespace
}  // namespace vivace::traceql
