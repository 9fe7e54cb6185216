// FloodLimiter: a token bucket against floods of frames that cost a client nothing. One owner, one
// thread at a time.
#pragma once

#include <algorithm>
#include <chrono>

namespace vivace {

class FloodLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  FloodLimiter(double burst, double per_second)
      : burst_(burst), per_second_(per_second), tokens_(burst) {}

  // False when it is one too many.
  bool Take() {
    if (tokens_ < 1) Refill();
    if (tokens_ < 1) return false;
    --tokens_;
    return true;
  }

 private:
  // Only when empty: the common case reads no clock.
  void Refill() {
    const auto now = Clock::now();
    tokens_ = std::min(
        burst_, tokens_ + std::chrono::duration<double>(now - filled_at_).count() * per_second_);
    filled_at_ = now;
  }

  const double burst_;
  const double per_second_;
  double tokens_;
  Clock::time_point filled_at_ = Clock::now();
};

}  // namespace vivace
