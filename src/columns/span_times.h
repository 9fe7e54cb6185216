// What a span's times mean to queries where they contradict each other: one that ends before it
// starts lasts no time.
//
// Clocks that were set back and senders that leave the end out (0) make such spans. As unsigned
// numbers their durations would be centuries, and every search for slow spans would find them.
// Traces by id show times as they were sent: segments keep them, blocks keep the difference, which
// wraps around. Plain functions, any thread.
#pragma once

#include <algorithm>
#include <cstdint>

namespace vivace {

inline uint64_t EndOfSpan(uint64_t start_unix_nanos, uint64_t end_unix_nanos) {
  return std::max(start_unix_nanos, end_unix_nanos);
}

// Of the difference of two times, which wrapped around where it is negative.
inline uint64_t DurationOfDifference(uint64_t nanos) {
  return static_cast<int64_t>(nanos) < 0 ? 0 : nanos;
}

}  // namespace vivace
