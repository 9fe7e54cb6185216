// When segments are cut by age: at their greatest age at the latest, and from half of it on as many
// at a time as it takes for those that were begun together not to become blocks together.
//
// Pure functions, any thread; linear in the number of segments.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>

namespace vivace {

// How many segments to cut at this check, the oldest first. `ages` is in descending order; the next
// check is a `period` away.
inline size_t SegmentsToCut(std::span<const std::chrono::nanoseconds> ages,
                            std::chrono::nanoseconds age_max, std::chrono::nanoseconds period) {
  size_t count = 0;
  for (size_t i = 0; i < ages.size() && ages[i] >= age_max / 2; ++i) {
    // The i + 1 oldest have this long to be cut at an even rate.
    const auto left = std::max(age_max - ages[i], period);
    const double due = static_cast<double>(i + 1) * static_cast<double>(period.count()) /
                       static_cast<double>(left.count());
    count = std::max(count, std::min(i + 1, static_cast<size_t>(due)));
  }
  return count;
}

}  // namespace vivace
