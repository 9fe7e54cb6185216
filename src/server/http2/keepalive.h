// Keepalive: when an HTTP/2 connection has lived long enough, and whether its client still answers.
//
//   OnActivity* Due*        of one connection, on its strand
//
// After ping_after of silence the client is asked (kPing); where nothing comes within ping_timeout
// the connection is closed (kClose). At its largest age it is ended like at a shutdown (kDrain),
// and what still runs after the grace is cut. Ages differ by a tenth from connection to connection,
// so that clients that came together do not come again together. A few nanoseconds.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "server/transport/listen_options.h"

namespace vivace {

class Keepalive {
 public:
  using Clock = std::chrono::steady_clock;
  using TimePoint = Clock::time_point;
  enum class Action : uint8_t { kNone, kPing, kDrain, kClose };

  // `spread`: from 0 to 1, where in the tenth below and above the age lies.
  Keepalive(const KeepaliveOptions& options, TimePoint now, double spread)
      : options_(options), last_activity_(now) {
    if (options.age_max == KeepaliveOptions::kNever) return;
    const auto age = std::chrono::duration_cast<Clock::duration>(options.age_max);
    drain_at_ = now + std::chrono::duration_cast<Clock::duration>(age * (0.9 + 0.2 * spread));
  }

  // Something came from the client. True where it answers a ping: next() is earlier then.
  bool OnActivity(TimePoint now) {
    last_activity_ = now;
    return std::exchange(pinged_at_, TimePoint::max()) != TimePoint::max();
  }

  // What is due; to be asked again until nothing is.
  Action Due(TimePoint now) {
    if (now >= cut_at_ || now >= After(pinged_at_, options_.ping_timeout)) return Action::kClose;
    if (now >= drain_at_) {
      cut_at_ = After(drain_at_, options_.age_grace);
      drain_at_ = TimePoint::max();
      return Action::kDrain;
    }
    if (pinged_at_ == TimePoint::max() && now >= After(last_activity_, options_.ping_after)) {
      pinged_at_ = now;
      return Action::kPing;
    }
    return Action::kNone;
  }

  // When something is due next, if nothing comes from the client.
  TimePoint next() const {
    const TimePoint alive = pinged_at_ == TimePoint::max()
                                ? After(last_activity_, options_.ping_after)
                                : After(pinged_at_, options_.ping_timeout);
    return std::min({drain_at_, cut_at_, alive});
  }

 private:
  // Never, where either is.
  static TimePoint After(TimePoint begin, std::chrono::milliseconds time) {
    const bool ends = begin != TimePoint::max() && time != KeepaliveOptions::kNever;
    return ends ? begin + time : TimePoint::max();
  }

  const KeepaliveOptions options_;
  TimePoint last_activity_;
  TimePoint pinged_at_ = TimePoint::max();
  TimePoint drain_at_ = TimePoint::max();
  TimePoint cut_at_ = TimePoint::max();
};

}  // namespace vivace
