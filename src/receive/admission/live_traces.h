// LiveTraces: which traces of a tenant have had spans within the idle period, and how many bytes of
// them.
//
// A trace without spans for the idle period is evicted; a large one is kept longer, so that its
// count does not start again at zero. Owned by an Admission, guarded by it. About 32 bytes a live
// trace.
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

  // Counts `bytes` of a trace, if the limits allow it.
  AdmitResult Admit(const TraceId& id, uint64_t bytes, const TraceLimits& limits,
                    Clock::time_point now);
  // Evicts idle traces. To be called regularly; looks at all of them at most twice per idle period.
  void Sweep(Clock::time_point now);

  size_t live_traces() const { return traces_.size(); }
  uint64_t BytesOf(const TraceId& id) const;

 private:
  struct Trace {
    uint64_t bytes = 0;
    Clock::time_point last_seen;
  };
  // Large traces are remembered for as long as blocks usually take to be cut.
  static constexpr std::chrono::minutes kLargeTraceIdlePeriod{30};
  static constexpr uint64_t kLargeTraceBytes = 1 << 20;

  const Clock::duration idle_period_;
  Clock::time_point next_sweep_;
  boost::unordered_flat_map<uint64_t, Trace> traces_;  // by hash of the id
};

}  // namespace vivace
