#include "receive/admission/live_traces.h"

#include <algorithm>

#include "base/hash/fast_hash.h"

namespace vivace {

LiveTraces::AdmitResult LiveTraces::Admit(const TraceId& id, uint64_t bytes,
                                          const TraceLimits& limits, Clock::time_point now,
                                          Share& share) {
  const uint64_t hash = FastHash(id.View());
  auto known = traces_.find(hash);
  const bool is_new = known == traces_.end();
  if (is_new && limits.live_traces_max > 0 && traces_.size() >= limits.live_traces_max)
    return AdmitResult::kTooManyTraces;
  // Refused spans keep a trace in mind too: its count must not start again while they come.
  if (!is_new) known->second.last_seen = now;
  const uint64_t before = is_new ? 0 : known->second.bytes;
  if (limits.trace_bytes_max > 0 && before + bytes > limits.trace_bytes_max)
    return AdmitResult::kTraceTooLarge;
  if (is_new) {
    known = traces_.try_emplace(hash).first;
    known->second.generation = ++next_generation_ & ((uint64_t{1} << kGenerationBits) - 1);
    known->second.last_seen = now;
  }
  known->second.bytes += bytes;
  share = {hash, bytes, known->second.generation};
  return AdmitResult::kAdmitted;
}

void LiveTraces::TakeBack(const Share& share) {
  const auto known = traces_.find(share.hash);
  if (known == traces_.end() || known->second.generation != share.generation) return;
  Trace& trace = known->second;
  trace.bytes -= std::min<uint64_t>(trace.bytes, share.bytes);
  if (trace.bytes == 0) traces_.erase(known);
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
