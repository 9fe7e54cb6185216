#include "traceql/metrics/series_ranking.h"

#include <bit>
#include <limits>
#include <tuple>

namespace vivace::traceql {
namespace {

// Numbers in the order of the floats, NaN outside of all others.
int64_t TotalOrderOf(double value) {
  const auto bits = std::bit_cast<int64_t>(value);
  return bits < 0 ? std::numeric_limits<int64_t>::min() - bits : bits;
}

// Below 0 where `a` is ranked above `b`.
int RankingOf(const Datum& a, const Datum& b) {
  const bool a_is_text = a.type == ValueType::kString;
  const bool b_is_text = b.type == ValueType::kString;
  if (a_is_text && b_is_text) return a.text.compare(b.text);
  if (a_is_text != b_is_text) return a_is_text ? 1 : -1;
  // Larger ones first; equal numbers of two types are told apart so that the order is total.
  const auto key = [](const Datum& value) {
    return std::tuple(value.type == ValueType::kBool, TotalOrderOf(value.AsDouble()), value.type,
                      value.number);
  };
  return key(a) > key(b) ? -1 : key(a) < key(b) ? 1 : 0;
}

}  // namespace

bool IsRankedAbove(const SeriesLabels& a, const SeriesLabels& b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (const int order = RankingOf(a[i].value.View(), b[i].value.View()); order != 0)
      return order < 0;
  }
  return a.size() < b.size();
}

}  // namespace vivace::traceql
