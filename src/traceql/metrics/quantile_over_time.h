// QuantileOverTime: quantile_over_time(x, .5, .9): the values of x below which these shares of the
// spans lie that start within each interval, one series for each (spec/traceql.md 5.5).
//
// One of the functions of function.h; a FunctionQuery owns it. One thread. Memory: 4 bytes for each
// interval and each power of two that occurs in a group.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "traceql/metrics/exemplar_picker.h"
#include "traceql/metrics/log2_histogram.h"
#include "traceql/metrics/series.h"
#include "traceql/metrics/time_steps.h"
#include "traceql/metrics/units.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

class QuantileOverTime {
 public:
  static constexpr std::string_view kName = "quantile_over_time";
  static constexpr bool kHasArgument = true;
  static constexpr bool kHasNilLabel = false;

  QuantileOverTime(const MetricsStage& stage, const TimeSteps& steps)
      : quantiles_(stage.quantiles),
        intervals_(steps.count),
        units_per_shown_(UnitsPerShown(stage.argument)) {}

  size_t series_per_group() const { return quantiles_.size(); }
  void AddGroup() { histograms_.emplace_back(intervals_); }
  bool Accepts(const Datum& value) const { return Log2Histogram::CanCount(value); }
  void Add(uint32_t group, size_t interval, const Datum& value) {
    histograms_[group].Add(interval, static_cast<uint64_t>(value.number));
  }
  bool HasAny(uint32_t group, const StepOverlap& overlap) const {
    return histograms_[group].HasAny(overlap.begin, overlap.end);
  }
  void MergeGroup(uint32_t group, const QuantileOverTime& part, uint32_t group_there,
                  const StepOverlap& overlap) {
    histograms_[group].Merge(part.histograms_[group_there], overlap.begin, overlap.end,
                             overlap.shift);
  }

  // Adds a series for each quantile, each with those of the group's chosen spans whose values are
  // nearest to it.
  void AppendSeries(uint32_t group, const SeriesLabels& labels, std::span<const ChosenSpan> chosen,
                    std::vector<Series>& series) const;

 private:
  size_t NearestQuantile(uint32_t group, double value) const;

  std::vector<double> quantiles_;
  size_t intervals_;
  double units_per_shown_;
  std::vector<Log2Histogram> histograms_;  // by group
};

}  // namespace vivace::traceql
