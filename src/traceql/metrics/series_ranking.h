// Ranks series in each interval: what topk and bottomk share (spec/traceql.md 5.6).
//
// Pure functions, any thread; cost: a sort of the series for each interval.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "traceql/metrics/series.h"

namespace vivace::traceql {

// How ties are broken, label by label: whether topk keeps `a` rather than `b`; bottomk keeps the
// other one. Of two texts it is the one that comes first bytewise; a text ("nil" too) yields to
// anything else; of numbers it is the larger one, and a boolean counts as more than any number.
bool IsRankedAbove(const SeriesLabels& a, const SeriesLabels& b);

// In each interval only the `limit` first ones by comes_first(a, b, interval) keep their sample.
template <typename ComesFirst>
std::vector<Series> KeepFirst(std::vector<Series> series, size_t limit,
                              const ComesFirst& comes_first) {
  if (series.size() <= limit) return series;
  std::vector<size_t> order;
  for (size_t interval = 0; interval < series.front().values.size(); ++interval) {
    order.clear();
    for (size_t i = 0; i < series.size(); ++i) {
      if (!std::isnan(series[i].values[interval])) order.push_back(i);
    }
    std::ranges::sort(
        order, [&](size_t a, size_t b) { return comes_first(series[a], series[b], interval); });
    for (size_t i = limit; i < order.size(); ++i) series[order[i]].values[interval] = kNoSample;
  }
  DropEmpty(series);
  return series;
}

}  // namespace vivace::traceql
