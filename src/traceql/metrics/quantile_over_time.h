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
#include "traceql/metrics/histograms_by_interval.h"
#include "traceql/metrics/series.h"
#include "traceql/metrics/time_steps.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

class QuantileOverTime : public HistogramsByInterval {
 public:
  static constexpr std::string_view kName = "quantile_over_time";

  QuantileOverTime(const MetricsStage& stage, const TimeSteps& steps)
      : HistogramsByInterval(stage, steps), quantiles_(stage.quantiles) {}

  size_t series_per_group() const { return quantiles_.size(); }

  // Adds a series for each quantile, each with those of the group's chosen spans whose values are
  // nearest to it.
  void AppendSeries(uint32_t group, const SeriesLabels& labels, std::span<const ChosenSpan> chosen,
                    std::vector<Series>& series) const;

 private:
  size_t NearestQuantile(uint32_t group, double value) const;

  std::vector<double> quantiles_;
};

}  // namespace vivace::traceql
