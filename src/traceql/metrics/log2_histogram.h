// IntervalValues: what one series is made of while spans are counted: a number, or a histogram, for each interval.
//
// Sums are compensated (Neumaier), so that the order of spans hardly shows. One thread. Memory: 8 to 20 bytes an interval; a histogram 4
// for each power of two that occurs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "traceql/syntax/ast.h"

namespace vivace::traceql {

class IntervalValues {
 public:
  IntervalValues(MetricsFunction function, size_t intervals);

  // Of rate and count_over_time.
  void Count(size_t interval) { ++counts_[interval]; }
  // Of min, max, sum and avg.
  void Add(size_t interval, double value);

  // The value of each interval; NaN where there is none.
  std::vector<double> Values(double step_seconds) const;

 private:
  void AddToSum(size_t interval, double value);

  MetricsFunction function_;
  std::vector<uint32_t> counts_;
  std::vector<double> numbers_;      // smallest, largest, or sum
  std::vector<double> corrections_;  // of sums
};

// Counts by the smallest power of two that a value does not exceed, for each interval.
class PowerHistogram {
 public:
  explicit PowerHistogram(size_t intervals) : intervals_(intervals) {}

  // Values below 2 are not counted; false for these.
  bool Add(size_t interval, uint64_t value);

  // The value below which the share `quantile` of an interval's (or, without one, of all) values lies, interpolated between powers of
  // two; 0 where there is none. In the unit of the values.
  double Quantile(size_t interval, double quantile) const;
  double Quantile(double quantile) const;

  // Exponents that occur, ascending, and the counts of one by interval.
  std::vector<size_t> Exponents() const;
  const std::vector<uint32_t>& CountsOf(size_t exponent) const { return counts_[exponent]; }

 private:
  size_t intervals_;
  std::array<std::vector<uint32_t>, 65> counts_;  // by exponent; empty until one occurs
};

}  // namespace vivace::traceql
