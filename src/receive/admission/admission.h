// Admission: enforces the limits of tenants, between the receivers and the ingester.
//
// Checks the rate of bytes for each request as a whole, drops the traces that head sampling does
// not keep, and then checks the number of live traces and the size of each trace. What is refused
// is reported to the sender, counted by reason and shown per tenant; the rest goes on.
//
// A tenant is charged once, for what was accepted: bytes are taken from its limits before they go
// on, so that requests at the same time do not exceed them together, and given back where the
// ingester does not store them, so that a sender may retry after a stall.
//
// Any thread; a check costs a lookup of the tenant and, per run of spans of one trace, of the
// trace. Memory: about 400 bytes for a tenant that sent something in the last ten minutes, and 32 a
// live trace.
#pragma once

#include <array>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/runtime_overrides.h"
#include "config/sections/distributor_config.h"
#include "receive/admission/live_traces.h"
#include "receive/admission/token_bucket.h"
#include "receive/span_sink.h"

namespace vivace {

// Why spans are refused, as tempo_discarded_spans_total names it.
enum class RefusalReason : uint8_t { kRateLimited, kLiveTracesExceeded, kTraceTooLarge };
inline constexpr size_t kRefusalReasons = 3;
const char* RefusalReasonName(RefusalReason reason);

// The steady clock, a few milliseconds late but a fifth of the cost.
std::chrono::steady_clock::time_point CoarseNow();

struct AdmissionOptions {
  std::function<RuntimeOverrides::Snapshot()> overrides;
  std::chrono::steady_clock::duration trace_idle_period = std::chrono::seconds(5);
  std::chrono::seconds retry_after{
      0};                  // sent when a rate is exceeded; 0: the time until the bucket has enough
  uint64_t instances = 1;  // that share limits which are global
  std::function<void(const PushContext& context, RefusalReason reason, uint64_t spans)>
      on_refused;  // may be unset
  // A request over the rate that was not decoded, so that nobody knows its spans; may be unset.
  std::function<void(const PushContext& context)> on_refused_undecoded;
  std::function<void(const PushContext& context, uint64_t spans)> on_sampled_out;  // may be unset
  LogSpansConfig log_received;
  LogSpansConfig log_discarded;
  std::function<std::chrono::steady_clock::time_point()> now = CoarseNow;
  // The shortest time that a push takes, give or take a tenth, for tenants whose limits do not name
  // another; and what delays responses.
  std::chrono::nanoseconds artificial_delay{0};
  std::function<void(std::chrono::steady_clock::time_point due, std::function<void()> answer)>
      call_at;                                                                 // unset: no delays
  std::function<void(const PushContext& context, double seconds)> on_delayed;  // may be unset
};

class Admission final : public SpanSink {
 public:
  // `next` must outlive this.
  Admission(AdmissionOptions options, SpanSink& next) : options_(std::move(options)), next_(next) {}

  void Push(PushContext context, SpanBatch batch, std::function<void(PushResult)> done) override;
  void PushJoined(PushContext context, SpanBatch batch, std::vector<PushPart> parts) override;
  std::optional<PushResult> RefusalOf(const PushContext& context) override;
  void Announce(std::shared_ptr<PushSource> source) override { next_.Announce(std::move(source)); }
  SpanBatch TakeRecycledBatch() override { return next_.TakeRecycledBatch(); }

  // What tenants that sent something recently have had refused.
  struct TenantState {
    std::string tenant;
    size_t live_traces = 0;
    std::array<uint64_t, kRefusalReasons> refused_spans{};
  };
  std::vector<TenantState> Tenants() const;

 private:
  struct Tenant {
    explicit Tenant(std::chrono::steady_clock::duration idle_period) : traces(idle_period) {}
    std::mutex mutex;
    // The rest is guarded by mutex.
    SharedLimits limits;
    std::chrono::steady_clock::time_point next_refresh;
    TokenBucket rate;
    LiveTraces traces;
    std::array<uint64_t, kRefusalReasons> refused{};
    std::chrono::steady_clock::time_point last_push;
  };
  struct Refusal {
    RefusalReason reason;
    std::string text;
    uint32_t retry_after_seconds = 0;
  };
  // What a request has taken from its tenant's limits.
  struct Charge {
    std::shared_ptr<Tenant> tenant;
    uint64_t rate_bytes = 0;
    std::vector<LiveTraces::Share> traces;
  };
  // What was decided about one request.
  struct Verdict {
    std::optional<Refusal> refusal;                   // of all of it
    std::array<uint64_t, kRefusalReasons> refused{};  // of other requests: spans, by reason
    uint64_t sampled_out = 0;
    std::string text;  // why the first refused span was refused
    Charge charge;
    uint64_t refused_spans() const;
    bool allows_all() const { return !refusal && sampled_out + refused_spans() == 0; }
  };
  // What was decided about the requests of a batch.
  struct Verdicts {
    std::vector<Verdict> parts;
    // For each row kAdmitted, kSampledOut or above it the reason; empty: all are allowed.
    std::vector<uint8_t> rows;
    std::chrono::nanoseconds delay{0};
  };
  // The rows of one request.
  struct Rows {
    uint32_t begin = 0;
    uint32_t end = 0;
  };

  std::chrono::nanoseconds DelayOf(const Limits& limits) const;
  std::function<void(PushResult)> Delayed(const PushContext& context,
                                          std::chrono::nanoseconds delay,
                                          std::function<void(PushResult)> done) const;
  std::shared_ptr<Tenant> TenantOf(const std::string& name,
                                   std::chrono::steady_clock::time_point now);
  void EvictIdleTenants(std::chrono::steady_clock::time_point now);
  void RefreshLimits(const std::string& name, Tenant& tenant,
                     std::chrono::steady_clock::time_point now) const;
  Verdicts Judge(const PushContext& context, const SpanBatch& batch,
                 const std::vector<PushPart>& parts, const std::shared_ptr<Tenant>& tenant,
                 std::chrono::steady_clock::time_point now) const;
  void JudgePart(const PushContext& context, const SpanBatch& batch, const PushPart& part,
                 uint32_t first_row, Verdict& verdict, std::vector<uint8_t>& decisions,
                 std::chrono::steady_clock::time_point now) const;
  std::optional<Refusal> CheckRate(const PushContext& context, const PushPart& part, Tenant& tenant,
                                   std::chrono::steady_clock::time_point now) const;
  // `bytes`: of a request that is over the rate.
  Refusal RateRefusal(const PushContext& context, uint64_t bytes, const Tenant& tenant) const;
  struct Rate {
    int64_t local;   // bytes a second here
    int64_t global;  // of all instances; 0: there is no such limit
    int64_t burst;
  };
  Rate RateOf(const Tenant& tenant) const;
  void CheckTraces(const PushContext& context, const SpanBatch& batch, Rows rows,
                   uint64_t bytes_per_span, Verdict& verdict, std::vector<uint8_t>& decisions,
                   std::chrono::steady_clock::time_point now) const;
  uint8_t DecisionFor(const PushContext& context, const TraceId& id, uint64_t bytes,
                      const TraceLimits& limits, Verdict& verdict, uint32_t spans,
                      std::chrono::steady_clock::time_point now) const;
  void LogDecided(const PushContext& context, const SpanBatch& batch,
                  const std::vector<uint8_t>& decisions) const;
  std::optional<PushPart> Remaining(const PushContext& context, PushPart part,
                                    Verdict verdict) const;
  void Count(const PushContext& context, const Verdict& verdict) const;
  void CountRefused(const PushContext& context, Tenant& tenant, RefusalReason reason,
                    uint64_t spans) const;
  static void GiveBackUnlessStored(const Charge& charge, const PushResult& result);
  std::string TextOf(LiveTraces::AdmitResult result, const PushContext& context, const TraceId& id,
                     uint64_t bytes, const Tenant& tenant) const;

  const AdmissionOptions options_;
  SpanSink& next_;
  // Tenants by hash of their names, so that they wait for each other less.
  struct Shard {
    mutable std::mutex mutex;
    boost::unordered_flat_map<std::string, std::shared_ptr<Tenant>> tenants;  // guarded by mutex
  };
  std::array<Shard, 32> shards_;
  std::atomic<int64_t> next_sweep_{0};  // of idle tenants, by the clock's ticks
};

}  // namespace vivace
