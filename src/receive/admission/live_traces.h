// LiveTraces: which traces of a tenant have had spans within the idle period, and how many bytes of
// them.
//
// Bytes are counted when they are let in, so that requests on their way at the same time cannot
// exceed a limit together; what is not stored after all is taken back. A trace without spans for
// the idle period is evicted; a large one is kept longer, so that its count does not start again at
// zero. Owned by an Admission, guarded by it. About 32 bytes a live trace.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstdint>

#include "base/ids.h"

namespace vivace {

// 0: no limit.
struct TraceLimits {
  uint64_t live_traces_max = 0;
  uint64_t trace_bytes_max = 0;
};

class LiveTraces {
 public:
  using Clock = std::chrono::steady_clock;
  enum class AdmitResult : uint8_t { kAdmitted, kTooManyTraces, kTraceTooLarge };

  explicit LiveTraces(Clock::duration idle_period) : idle_period_(idle_period) {}

  // What Admit has counted: to be taken back where it is not stored.
  struct Share {
    uint64_t hash = 0;  // of the trace's id
    uint64_t bytes = 0;
    uint64_t generation = 0;
  };

  // Counts `bytes` (at least one) of a trace, if the limits allow it; what is refused leaves no
  // trace live. `share` is set where it is admitted.
  AdmitResult Admit(const TraceId& id, uint64_t bytes, const TraceLimits& limits,
                    Clock::time_point now, Share& share);
  // A trace of which nothing is left is not live any more.
  void TakeBack(const Share& share);
  // Evicts idle traces. To be called regularly; looks at all of them at most twice per idle period.
  void Sweep(Clock::time_point now);

  size_t live_traces() const { return traces_.size(); }
  uint64_t BytesOf(const TraceId& id) const;

 private:
  // Tells a trace from one of the same id that was evicted meanwhile, but for one case in 2^24.
  static constexpr int kGenerationBits = 24;
  struct Trace {
    uint64_t bytes : 64 - kGenerationBits = 0;
    uint64_t generation : kGenerationBits = 0;
    Clock::time_point last_seen;
  };
  // Large traces are remembered for as long as blocks usually take to be cut.
  static constexpr std::chrono::minutes kLargeTraceIdlePeriod{30};
  static constexpr uint64_t kLargeTraceBytes = 1 << 20;

  const Clock::duration idle_period_;
  Clock::time_point next_sweep_;
  uint64_t next_generation_ = 0;
  boost::unordered_flat_map<uint64_t, Trace> traces_;  // by hash of the id
};

}  // namespace vivace
