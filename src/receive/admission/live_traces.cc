#include "receive/admission/live_traces.h"

#include "base/hash/fast_hash.h"

namespace vivace {

LiveTraces::AdmitResult LiveTraces::Admit(const TraceId& id, uint64_t bytes,
                                          const TraceLimits& limits, Clock::time_point now) {
  const uint64_t hash = FastHash(id.View());
  auto known = traces_.find(hash);
  if (known == traces_.end()) {
    if (limits.live_traces_max > 0 && traces_.size() >= limits.live_traces_max)
      return AdmitResult::kTooManyTraces;
    known = traces_.try_emplace(hash).first;
  }
  Trace& trace = known->second;
  trace.last_seen = now;
  if (limits.trace_bytes_max > 0 && trace.bytes + bytes > limits.trace_bytes_max)
    return AdmitResult::kTraceTooLarge;
  trace.bytes += bytes;
  return AdmitResult::kAdmitted;
}

void LiveTraces::Sweep(Clock::time_point now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + idle_period_ / 2;
  erase_if(traces_, [&](const auto& entry) {
    const Trace& trace = entry.second;
    const Clock::duration kept =
        trace.bytes >= kLargeTraceBytes
            ? std::max<Clock::duration>(kLargeTraceIdlePeriod, idle_period_)
            : idle_period_;
    return now - trace.last_seen >= kept;
  });
}

uint64_t LiveTraces::BytesOf(const TraceId& id) const {
  const auto known = traces_.find(FastHash(id.View()));
  return known == traces_.end() ? 0 : known->second.bytes;
}

}  // namespace vivace
