// TimeSteps: the intervals over which metrics are counted (spec/traceql.md 5.2). Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace vivace::traceql {

// Interval i is (start + i·step, start + (i+1)·step]; it is shown at its end. Times are nanoseconds
// since 1970.
struct TimeSteps {
  uint64_t start_unix_nanos = 0;
  uint64_t step_nanos = 1;
  size_t count = 0;

  uint64_t end_unix_nanos() const { return start_unix_nanos + step_nanos * count; }
  uint64_t EndOf(size_t interval) const { return start_unix_nanos + step_nanos * (interval + 1); }
  double step_seconds() const { return static_cast<double>(step_nanos) / 1e9; }
  // The interval that a time lies in.
  std::optional<size_t> IntervalOf(uint64_t unix_nanos) const {
    if (unix_nanos <= start_unix_nanos || unix_nanos > end_unix_nanos()) return std::nullopt;
    return (unix_nanos - start_unix_nanos - 1) / step_nanos;
  }
};

}  // namespace vivace::traceql
