// CompensatedSum: a sum of floating-point numbers whose order hardly matters (Neumaier), and how
// many there are: what sum_over_time and avg_over_time keep of each interval. Infinities add up as
// IEEE 754 has it.
//
// A value of 24 bytes. One thread.
#pragma once

#include <cmath>
#include <cstdint>

namespace vivace::traceql {

class CompensatedSum {
 public:
  void Add(double value) {
    ++count_;
    const double total = sum_ + value;
    if (std::isfinite(total)) {
      correction_ +=
          std::abs(sum_) >= std::abs(value) ? (sum_ - total) + value : (value - total) + sum_;
    } else {
      correction_ = 0;
    }
    sum_ = total;
  }

  void Merge(const CompensatedSum& other) {
    const uint32_t count = count_ + other.count_;
    const double correction = other.correction_;
    Add(other.sum_);
    if (std::isfinite(sum_)) correction_ += correction;
    count_ = count;
  }

  double sum() const { return sum_ + correction_; }
  uint32_t count() const { return count_; }

 private:
  double sum_ = 0;
  double correction_ = 0;
  uint32_t count_ = 0;
};

}  // namespace vivace::traceql
