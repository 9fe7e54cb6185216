// TimeSteps: the intervals over which metrics are counted (spec/traceql.md 5.2). Plain values.
#pragma once

#include <algorithm>
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
  // The same of all times in [first, last]: where one interval has them, that one; where none has
  // any of them, none; else it cannot be said (is_known is false).
  struct Place {
    bool is_known = true;
    std::optional<size_t> interval;
  };
  Place PlaceOf(uint64_t first_unix_nanos, uint64_t last_unix_nanos) const {
    if (last_unix_nanos <= start_unix_nanos || first_unix_nanos > end_unix_nanos()) return {};
    const std::optional<size_t> interval = IntervalOf(first_unix_nanos);
    return {.is_known = interval.has_value() && interval == IntervalOf(last_unix_nanos),
            .interval = interval};
  }
  double step_seconds() const { return static_cast<double>(step_nanos) / 1e9; }
  // The interval that a time lies in.
  std::optional<size_t> IntervalOf(uint64_t unix_nanos) const {
    if (unix_nanos <= start_unix_nanos || unix_nanos > end_unix_nanos()) return std::nullopt;
    return (unix_nanos - start_unix_nanos - 1) / step_nanos;
  }

  // Where the first interval begins in a step, counted from 1970.
  uint64_t phase_nanos() const { return start_unix_nanos % step_nanos; }
  // The intervals of the same grid that [first, last] lies in; none where they would be more than
  // `count_max`, or begin before 1970.
  std::optional<TimeSteps> Covering(uint64_t first_unix_nanos, uint64_t last_unix_nanos,
                                    size_t count_max) const {
    const uint64_t phase = phase_nanos();
    if (first_unix_nanos <= phase || last_unix_nanos < first_unix_nanos) return std::nullopt;
    const uint64_t start = first_unix_nanos - 1 - (first_unix_nanos - 1 - phase) % step_nanos;
    const uint64_t steps = (last_unix_nanos - start - 1) / step_nanos + 1;
    if (steps > count_max) return std::nullopt;
    return TimeSteps{.start_unix_nanos = start, .step_nanos = step_nanos, .count = steps};
  }
};

// Finds the intervals of times of which neighbours mostly lie in the same one: these cost no
// division.
class IntervalFinder {
 public:
  explicit IntervalFinder(const TimeSteps& steps) : steps_(steps) {}

  std::optional<size_t> IntervalOf(uint64_t unix_nanos) {
    if (unix_nanos - begin_ - 1 < nanos_) return last_;
    const std::optional<size_t> interval = steps_.IntervalOf(unix_nanos);
    if (!interval.has_value()) return std::nullopt;
    last_ = *interval;
    begin_ = steps_.EndOf(last_) - steps_.step_nanos;
    nanos_ = steps_.step_nanos;
    return interval;
  }

 private:
  const TimeSteps steps_;
  size_t last_ = 0;     // the interval found last
  uint64_t begin_ = 0;  // where it begins
  uint64_t nanos_ = 0;  // how long it is; 0 before one is found
};

// Which intervals of a part's steps are among those of a query with the same grid, and where.
struct StepOverlap {
  size_t begin = 0;  // of the part's
  size_t end = 0;
  int64_t shift = 0;  // to be added for the query's

  static StepOverlap Of(const TimeSteps& query, const TimeSteps& part) {
    const auto step = static_cast<int64_t>(query.step_nanos);
    const auto apart = static_cast<int64_t>(part.start_unix_nanos - query.start_unix_nanos);
    const int64_t shift = apart / step;
    const auto count = static_cast<int64_t>(query.count);
    const int64_t part_count = static_cast<int64_t>(part.count);
    const int64_t begin = std::clamp<int64_t>(-shift, 0, part_count);
    const int64_t end = std::clamp<int64_t>(count - shift, begin, part_count);
    return {static_cast<size_t>(begin), static_cast<size_t>(end), shift};
  }
  bool Has(size_t interval) const { return interval >= begin && interval < end; }
  // `interval` of the part, which the query has, in the query.
  size_t ToQuery(size_t interval) const {
    return static_cast<size_t>(static_cast<int64_t>(interval) + shift);
  }
};

}  // namespace vivace::traceql
