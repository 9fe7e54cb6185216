#include "traceql/metrics/threshold_filter.h"

#include <cmath>

namespace vivace::traceql {
namespace {

bool Passes(Operator op, double value, double threshold) {
  if (std::isnan(value)) return false;
  return Holds(op, value < threshold ? -1 : value > threshold ? 1 : 0);
}

}  // namespace

std::vector<Series> FilterByThreshold(std::vector<Series> series, Operator op, double threshold) {
  for (Series& one : series) {
    for (double& value : one.values) {
      if (!Passes(op, value, threshold)) value = kNoSample;
    }
    std::erase_if(one.exemplars,
                  [&](const Exemplar& exemplar) { return !Passes(op, exemplar.value, threshold); });
  }
  DropEmpty(series);
  return series;
}

}  // namespace vivace::traceql
