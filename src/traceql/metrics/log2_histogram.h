// Log2Histogram: how many values there are up to each power of two, for each interval
// (spec/traceql.md 5.5, "log2 histogram").
//
// What quantile_over_time and histogram_over_time keep of a group, and /api/metrics/summary of its
// spans. One thread. Memory: 4 bytes for each interval and each power of two that occurs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "traceql/value/datum.h"

namespace vivace::traceql {

class Log2Histogram {
 public:
  explicit Log2Histogram(size_t intervals) : intervals_(intervals) {}

  // Of attributes' values whole numbers and durations are counted.
  static bool CanCount(const Datum& value) {
    return value.is_numeric() && value.type != ValueType::kFloat && value.number >= kSmallest;
  }
  // Values below 2 are not counted; false for these.
  bool Add(size_t interval, uint64_t value);
  // So many values in (2^(exponent - 1), 2^exponent], of an exponent from 1 to 64.
  void AddCounted(size_t interval, size_t exponent, uint32_t values);
  // Whether anything was counted in intervals [begin, end).
  bool HasAny(size_t begin, size_t end) const;
  // Adds what another has counted in its intervals [begin, end); `shift`: from there to here.
  void Merge(const Log2Histogram& other, size_t begin, size_t end, int64_t shift = 0);

  // The value below which the share `quantile` of an interval's (or, without one, of all) values
  // lies, interpolated between powers of two; 0 where there is none. In the unit of the values.
  double Quantile(size_t interval, double quantile) const;
  double Quantile(double quantile) const;

  // Exponents that occur, ascending, and the counts of one by interval.
  std::vector<size_t> Exponents() const;
  const std::vector<uint32_t>& CountsOf(size_t exponent) const { return counts_[exponent]; }

 private:
  static constexpr int64_t kSmallest = 2;

  size_t intervals_;
  std::array<std::vector<uint32_t>, 65> counts_;  // by exponent; empty until one occurs
};

}  // namespace vivace::traceql
