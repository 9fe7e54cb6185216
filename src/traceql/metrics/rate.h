// Rate: rate(): how many spans start within each interval, per second (spec/traceql.md 5.3).
//
// One of the functions of function.h; a FunctionQuery owns it. One thread. Memory: 4 bytes for each
// interval of a group.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "traceql/metrics/time_steps.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

class Rate {
 public:
  static constexpr std::string_view kName = "rate";
  static constexpr bool kHasArgument = false;
  static constexpr bool kHasNilLabel = true;

  Rate(const MetricsStage& /*stage*/, const TimeSteps& steps)
      : intervals_(steps.count), step_seconds_(steps.step_seconds()) {}

  size_t series_per_group() const { return 1; }
  void AddGroup() { counts_.emplace_back(intervals_); }
  void Add(uint32_t group, size_t interval) { ++counts_[group][interval]; }
  bool HasAny(uint32_t group, const StepOverlap& overlap) const {
    for (size_t i = overlap.begin; i < overlap.end; ++i) {
      if (counts_[group][i] != 0) return true;
    }
    return false;
  }
  void MergeGroup(uint32_t group, const Rate& part, uint32_t group_there,
                  const StepOverlap& overlap) {
    for (size_t i = overlap.begin; i < overlap.end; ++i)
      counts_[group][overlap.ToQuery(i)] += part.counts_[group_there][i];
  }

  std::vector<double> Samples(uint32_t group) const {
    std::vector<double> samples;
    for (const uint32_t count : counts_[group])
      samples.push_back(static_cast<double>(count) / step_seconds_);
    return samples;
  }

 private:
  size_t intervals_;
  double step_seconds_;
  std::vector<std::vector<uint32_t>> counts_;  // by group and interval
};

}  // namespace vivace::traceql
