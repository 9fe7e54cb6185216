// SumOverTime: sum_over_time(x): the sum of the values of x on the spans that start within each
// interval (spec/traceql.md 5.3).
//
// One of the functions of function.h; a FunctionQuery owns it. One thread. Memory: 24 bytes for
// each interval of a group.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "traceql/metrics/interval_sums.h"
#include "traceql/metrics/series.h"
#include "traceql/metrics/time_steps.h"
#include "traceql/metrics/units.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

class SumOverTime {
 public:
  static constexpr std::string_view kName = "sum_over_time";
  static constexpr bool kHasArgument = true;
  static constexpr bool kHasNilLabel = true;

  SumOverTime(const MetricsStage& stage, const TimeSteps& steps)
      : argument_(stage.argument), intervals_(steps.count) {}

  size_t series_per_group() const { return 1; }
  void AddGroup() { sums_.emplace_back(intervals_); }
  bool Accepts(const Datum& value) const { return value.is_numeric(); }
  void Add(uint32_t group, size_t interval, const Datum& value) {
    sums_[group].Add(interval, MeasureOf(argument_, value));
  }

  std::vector<double> Samples(uint32_t group) const {
    const IntervalSums& sums = sums_[group];
    std::vector<double> samples(intervals_, kNoSample);
    for (size_t i = 0; i < intervals_; ++i) {
      if (sums.Count(i) > 0) samples[i] = sums.Sum(i);
    }
    return samples;
  }

 private:
  Attribute argument_;
  size_t intervals_;
  std::vector<IntervalSums> sums_;  // by group
};

}  // namespace vivace::traceql
