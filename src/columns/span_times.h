// What a span's times mean to queries where they contradict each other: one that ends before it
// starts lasts no time, and none lasts longer than the longest duration (292 years).
//
// Clocks that were set back and senders that leave the end out (0) make such spans. As unsigned
// numbers their durations would be centuries, and every search for slow spans would find them.
// Traces by id show times as they were sent: segments keep them, blocks keep the difference, which
// wraps around. A start that is not known (0) is 1970. Plain functions, any thread.
#pragma once

#include <algorithm>
#include <cstdint>

namespace vivace {

inline uint64_t EndOfSpan(uint64_t start_unix_nanos, uint64_t end_unix_nanos) {
  return std::max(start_unix_nanos, end_unix_nanos);
}

// Of a span or a trace, or of an event since its span's start.
inline uint64_t DurationBetween(uint64_t start_unix_nanos, uint64_t end_unix_nanos) {
  return std::min<uint64_t>(EndOfSpan(start_unix_nanos, end_unix_nanos) - start_unix_nanos,
                            INT64_MAX);
}

// Whether a block's difference of two times tells nothing without one of them: it is negative, or
// longer than a duration can be.
inline bool IsAmbiguousDifference(uint64_t nanos) { return nanos > INT64_MAX; }

}  // namespace vivace
