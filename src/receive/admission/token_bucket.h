// TokenBucket: the rate of bytes of a tenant, who may send so many per second, and a burst of so
// many at once (spec/api.md 4.2).
//
// Rate and burst come with each call, for a tenant's limits change while it sends. Owned by an
// Admission, guarded by it. A few nanoseconds.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace vivace {

class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;

  // Whether there are `bytes` tokens. The bucket starts full.
  bool Has(uint64_t bytes, int64_t per_second, int64_t burst, Clock::time_point now) {
    Refill(per_second, burst, now);
    return static_cast<double>(bytes) <= tokens_;
  }

  // Takes `bytes` tokens if there are as many; false otherwise.
  bool TryConsume(uint64_t bytes, int64_t per_second, int64_t burst, Clock::time_point now) {
    if (!Has(bytes, per_second, burst, now)) return false;
    tokens_ -= static_cast<double>(bytes);
    return true;
  }

  // Gives back what was taken and not used; the bucket does not get fuller than full by it.
  void Return(uint64_t bytes) { tokens_ += static_cast<double>(bytes); }

  // Seconds until there are `bytes` tokens; 0 if never.
  uint32_t SecondsUntil(uint64_t bytes, int64_t per_second, int64_t burst) const {
    if (per_second <= 0 || bytes > static_cast<uint64_t>(std::max<int64_t>(burst, 0))) return 0;
    return static_cast<uint32_t>(std::clamp(
        std::ceil((static_cast<double>(bytes) - tokens_) / static_cast<double>(per_second)), 1.0,
        60.0));
  }

 private:
  void Refill(int64_t per_second, int64_t burst, Clock::time_point now) {
    const auto most = static_cast<double>(std::max<int64_t>(burst, 0));
    if (!is_filled_) tokens_ = most;
    const double gained = is_filled_ ? std::chrono::duration<double>(now - filled_at_).count() *
                                           static_cast<double>(per_second)
                                     : 0;
    tokens_ = std::min(most, tokens_ + std::max(gained, 0.0));
    filled_at_ = now;
    is_filled_ = true;
  }

  double tokens_ = 0;
  Clock::time_point filled_at_;
  bool is_filled_ = false;
};

}  // namespace vivace
