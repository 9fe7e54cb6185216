// What a span's times mean to queries where they contradict each other: one that ends before it
// starts lasts no time.
//
// Clocks that were set back and senders that leave the end out (0) make such spans. As unsigned
// numbers their durations would be centuries, and every search for slow spans would find them. Only
// the difference decides, as blocks keep nothing else: where it is negative as a signed number,
// which it also is beyond 292 years, there is no duration. Traces by id show times as they were
// sent. A start that is not known (0) is 1970. Plain functions, any thread.
#pragma once

#include <cstdint>

namespace vivace {

// Of the difference of two times, which wraps around where it is negative.
inline uint64_t DurationOfDifference(uint64_t nanos) { return nanos > INT64_MAX ? 0 : nanos; }

// Of a span or a trace, or of an event since its span's start.
inline uint64_t DurationBetween(uint64_t start_unix_nanos, uint64_t end_unix_nanos) {
  return DurationOfDifference(end_unix_nanos - start_unix_nanos);
}

inline uint64_t EndOfSpan(uint64_t start_unix_nanos, uint64_t end_unix_nanos) {
  return start_unix_nanos + DurationBetween(start_unix_nanos, end_unix_nanos);
}

}  // namespace vivace
