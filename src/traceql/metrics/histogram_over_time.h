// HistogramOverTime: histogram_over_time(x): how many spans that start within each interval have a
// value of x up to each power of two, one series for each (spec/traceql.md 5.3, 5.5).
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

class HistogramOverTime : public HistogramsByInterval {
 public:
  static constexpr std::string_view kName = "histogram_over_time";

  using HistogramsByInterval::HistogramsByInterval;

  size_t series_per_group() const { return kUsualExponents; }

  // Adds a series for each power of two that occurs, each with those of the group's chosen spans
  // whose values it counts.
  void AppendSeries(uint32_t group, const SeriesLabels& labels, std::span<const ChosenSpan> chosen,
                    std::vector<Series>& series) const;

 private:
  static constexpr size_t kUsualExponents = 8;  // so many occur in one group
};

}  // namespace vivace::traceql
