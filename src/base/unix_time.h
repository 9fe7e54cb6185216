// Times in nanoseconds, counted from 1970 in UTC: the present one, and those that senders give in
// other units. What lies beyond 64 bits is the last nanosecond (in 2554), what lies before 1970 is
// 0, which stands for a time that is not known. Any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace vivace {

inline constexpr int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr int64_t kNanosPerMilli = 1'000'000;
inline constexpr int64_t kNanosPerMicro = 1'000;

inline int64_t NowUnixNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

inline int64_t NowUnixSeconds() { return NowUnixNanos() / kNanosPerSecond; }

constexpr uint64_t AddNanos(uint64_t time, uint64_t nanos) {
  uint64_t sum = 0;
  return __builtin_add_overflow(time, nanos, &sum) ? UINT64_MAX : sum;
}

constexpr uint64_t NanosOfMicros(uint64_t micros) {
  uint64_t nanos = 0;
  return __builtin_mul_overflow(micros, uint64_t{kNanosPerMicro}, &nanos) ? UINT64_MAX : nanos;
}

// Of seconds and nanoseconds beside them; negative in total: 0.
constexpr uint64_t NanosOf(int64_t seconds, int64_t nanos) {
  const __int128 sum = __int128{seconds} * kNanosPerSecond + nanos;
  return sum < 0 ? 0 : sum > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(sum);
}

}  // namespace vivace
