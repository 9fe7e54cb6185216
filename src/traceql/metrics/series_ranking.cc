#include "traceql/metrics/series_ranking.h"

#include <bit>

namespace vivace::traceql {
namespace {

int OrderOf(const Datum& a, const Datum& b) {
  if (a.type == ValueType::kString && b.type == ValueType::kString) return a.text.compare(b.text);
  if (a.type != b.type) return a.type < b.type ? -1 : 1;
  const auto bits = [](const Datum& value) {
    return value.type == ValueType::kFloat ? std::bit_cast<uint64_t>(value.real)
                                           : static_cast<uint64_t>(value.number);
  };
  return bits(a) < bits(b) ? -1 : bits(a) > bits(b) ? 1 : 0;
}

}  // namespace

bool HasEarlierLabels(const SeriesLabels& a, const SeriesLabels& b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (const int order = OrderOf(a[i].value.View(), b[i].value.View()); order != 0)
      return order < 0;
  }
  return a.size() < b.size();
}

}  // namespace vivace::traceql
