// What time it is, counted from 1970 in UTC. Any thread.
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

}  // namespace vivace
