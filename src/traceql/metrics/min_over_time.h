// MinOverTime: min_over_time(x): the smallest value of x among the spans that start within each
// interval (spec/traceql.md 5.3).
//
// One of the functions of function.h; a FunctionQuery owns it. One thread. Memory: 16 bytes for
// each interval of a group.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "traceql/metrics/series.h"
#include "traceql/metrics/time_steps.h"
#include "traceql/metrics/units.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

class MinOverTime {
 public:
  static constexpr std::string_view kName = "min_over_time";
  static constexpr bool kHasArgument = true;
  static constexpr bool kHasNilLabel = true;

  MinOverTime(const MetricsStage& stage, const TimeSteps& steps)
      : argument_(stage.argument), intervals_(steps.count) {}

  size_t series_per_group() const { return 1; }
  void AddGroup() { smallest_.emplace_back(intervals_); }
  bool Accepts(const Datum& value) const { return value.is_numeric(); }
  void Add(uint32_t group, size_t interval, const Datum& value) {
    std::optional<double>& smallest = smallest_[group][interval];
    const double measure = MeasureOf(argument_, value);
    if (!smallest || measure < *smallest) smallest = measure;
  }

  std::vector<double> Samples(uint32_t group) const {
    std::vector<double> samples;
    for (const std::optional<double>& smallest : smallest_[group])
      samples.push_back(smallest.value_or(kNoSample));
    return samples;
  }

 private:
  Attribute argument_;
  size_t intervals_;
  std::vector<std::vector<std::optional<double>>> smallest_;  // by group and interval
};

}  // namespace vivace::traceql
