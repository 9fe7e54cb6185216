#include "traceql/metrics/histogram_over_time.h"

#include <cmath>

namespace vivace::traceql {

void HistogramOverTime::AppendSeries(uint32_t group, const SeriesLabels& labels,
                                     std::span<const ChosenSpan> chosen,
                                     std::vector<Series>& series) const {
  const Log2Histogram& histogram = histograms_[group];
  for (const size_t exponent : histogram.Exponents()) {
    Series& added = series.emplace_back();
    added.labels = labels;
    const double bound = std::exp2(static_cast<double>(exponent));
    added.labels.push_back(
        {std::string(kBucketLabel), OwnedDatum(Datum::Float(bound / units_per_shown_))});
    const std::vector<uint32_t>& counts = histogram.CountsOf(exponent);
    added.values.assign(counts.begin(), counts.end());
    for (const ChosenSpan& span : chosen) {
      const double value = span.exemplar.value * units_per_shown_;
      if (span.group != group || !(value <= bound && value > bound / 2)) continue;
      added.exemplars.push_back(span.exemplar);
      added.exemplars.back().value = added.values[span.interval];
    }
  }
}

}  // namespace vivace::traceql
