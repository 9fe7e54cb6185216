#include "traceql/metrics/quantile_over_time.h"

#include <cmath>

namespace vivace::traceql {

size_t QuantileOverTime::NearestQuantile(uint32_t group, double value) const {
  size_t nearest = 0;
  double distance = INFINITY;
  for (size_t i = 0; i < quantiles_.size(); ++i) {
    const double apart =
        std::abs(histograms_[group].Quantile(quantiles_[i]) / units_per_shown_ - value);
    if (apart < distance) distance = apart, nearest = i;
  }
  return nearest;
}

void QuantileOverTime::AppendSeries(uint32_t group, const SeriesLabels& labels,
                                    std::span<const ChosenSpan> chosen,
                                    std::vector<Series>& series) const {
  const size_t first = series.size();
  for (const double quantile : quantiles_) {
    Series& added = series.emplace_back();
    added.labels = labels;
    added.labels.push_back({std::string(kQuantileLabel), OwnedDatum(Datum::Float(quantile))});
    for (size_t i = 0; i < intervals_; ++i)
      added.values.push_back(histograms_[group].Quantile(i, quantile) / units_per_shown_);
  }
  for (const ChosenSpan& span : chosen) {
    if (span.group == group)
      series[first + NearestQuantile(group, span.exemplar.value)].exemplars.push_back(
          span.exemplar);
  }
}

}  // namespace vivace::traceql
