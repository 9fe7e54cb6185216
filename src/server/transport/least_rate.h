// LeastRate: whether bytes move fast enough: those of a body that arrives, or of an answer that is
// read.
//
// A peer has `patience` at first; every byte that moves earns it 1/rate seconds, up to `patience`
// again. So a stall of less is forgiven, one byte now and then is not, and N bytes take at most
// patience + N/rate. Asked only when its deadline has come: moving bytes costs nothing. One owner,
// one thread at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace vivace {

class LeastRate {
 public:
  using Clock = std::chrono::steady_clock;

  LeastRate(size_t bytes_per_second, std::chrono::milliseconds patience)
      : bytes_per_second_(static_cast<double>(bytes_per_second)), patience_(patience) {}

  // Begins to wait. `moved`: bytes that have moved so far, since whenever.
  void Start(Clock::time_point now, size_t moved) {
    counted_ = moved;
    deadline_ = now + patience_;
  }
  void Stop() { deadline_ = Clock::time_point::max(); }
  bool running() const { return deadline_ != Clock::time_point::max(); }
  // When to ask IsMet; never, when not running.
  Clock::time_point deadline() const { return deadline_; }

  // Moves the deadline by what `moved` has earned since; false when it has passed nevertheless.
  // `parties` share the rate.
  bool IsMet(Clock::time_point now, size_t moved, size_t parties = 1) {
    if (deadline_ > now) return true;
    const size_t bytes = moved - std::min(moved, counted_);
    counted_ = std::max(moved, counted_);
    const std::chrono::duration<double> earned(
        static_cast<double>(bytes * std::max<size_t>(parties, 1)) / bytes_per_second_);
    // Less than a tick would ask again at once.
    if (earned < std::chrono::milliseconds(1)) return false;
    deadline_ = earned > patience_
                    ? now + patience_
                    : std::min(now + patience_,
                               deadline_ + std::chrono::duration_cast<Clock::duration>(earned));
    return deadline_ > now;
  }

 private:
  const double bytes_per_second_;
  const std::chrono::milliseconds patience_;
  Clock::time_point deadline_ = Clock::time_point::max();
  size_t counted_ = 0;
};

}  // namespace vivace
