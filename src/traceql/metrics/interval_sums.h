// IntervalSums: the sum and the number of the values of each interval: what sum_over_time and
// avg_over_time keep of a group.
//
// Sums are compensated (Neumaier), so that the order of spans hardly matters. One thread. Memory:
// 24 bytes an interval.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace vivace::traceql {

class IntervalSums {
 public:
  explicit IntervalSums(size_t intervals) : sums_(intervals) {}

  void Add(size_t interval, double value) {
    CompensatedSum& sum = sums_[interval];
    ++sum.count;
    const double total = sum.number + value;
    sum.correction += std::abs(sum.number) >= std::abs(value) ? (sum.number - total) + value
                                                              : (value - total) + sum.number;
    sum.number = total;
  }

  double Sum(size_t interval) const { return sums_[interval].number + sums_[interval].correction; }
  uint32_t Count(size_t interval) const { return sums_[interval].count; }

 private:
  struct CompensatedSum {
    double number = 0;
    double correction = 0;
    uint32_t count = 0;
  };
  std::vector<CompensatedSum> sums_;
};

}  // namespace vivace::traceql
