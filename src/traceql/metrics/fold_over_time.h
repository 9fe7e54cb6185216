// FoldOverTime: what min, max, sum and avg_over_time(x) have in common: the values of x on the
// spans that start within an interval of a group become one number.
//
// A Fold is that number in the making: Add(double) takes a value in, Merge(Fold) those of another,
// Sample() is the result, kNoSample where there was no value. The function adds its name
// (function.h). A FunctionQuery owns it. One thread. Memory: a Fold for each interval of a group.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "traceql/metrics/series.h"
#include "traceql/metrics/time_steps.h"
#include "traceql/metrics/units.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

template <typename Fold>
class FoldOverTime {
 public:
  static constexpr bool kHasArgument = true;
  static constexpr bool kHasNilLabel = true;

  FoldOverTime(const MetricsStage& stage, const TimeSteps& steps)
      : argument_(stage.argument), intervals_(steps.count) {}

  size_t series_per_group() const { return 1; }
  void AddGroup() { folds_.emplace_back(intervals_); }
  // Infinite ones too; what is no number ("NaN") is not there.
  bool Accepts(const Datum& value) const {
    return value.is_numeric() && !std::isnan(value.AsDouble());
  }
  void Add(uint32_t group, size_t interval, const Datum& value) {
    folds_[group][interval].Add(MeasureOf(argument_, value));
  }
  bool HasAny(uint32_t group, const StepOverlap& overlap) const {
    for (size_t i = overlap.begin; i < overlap.end; ++i) {
      if (!std::isnan(folds_[group][i].Sample())) return true;
    }
    return false;
  }
  void MergeGroup(uint32_t group, const FoldOverTime& part, uint32_t group_there,
                  const StepOverlap& overlap) {
    for (size_t i = overlap.begin; i < overlap.end; ++i)
      folds_[group][overlap.ToQuery(i)].Merge(part.folds_[group_there][i]);
  }

  std::vector<double> Samples(uint32_t group) const {
    std::vector<double> samples;
    samples.reserve(intervals_);
    for (const Fold& fold : folds_[group]) samples.push_back(fold.Sample());
    return samples;
  }

 private:
  Attribute argument_;
  size_t intervals_;
  std::vector<std::vector<Fold>> folds_;  // by group and interval
};

}  // namespace vivace::traceql
