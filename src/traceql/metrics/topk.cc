#include "traceql/metrics/topk.h"

#include "traceql/metrics/series_ranking.h"

namespace vivace::traceql {

std::vector<Series> TopK(std::vector<Series> series, size_t limit) {
  return KeepFirst(std::move(series), limit, [](const Series& a, const Series& b, size_t interval) {
    if (a.values[interval] != b.values[interval]) return a.values[interval] > b.values[interval];
    return IsRankedAbove(a.labels, b.labels);
  });
}

}  // namespace vivace::traceql
