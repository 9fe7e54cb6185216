// TailSampler: decides which traces become part of blocks, by the policies in their tenant's limits
// (sampling.tail).
//
// All spans are durable, searchable and seen by metrics as usual. A trace is decided when it has
// been idle for decision_wait, on all of its spans in the tenant's segments; when a segment becomes
// a block, the traces that are not kept are left out. Decisions are remembered for spans that come
// later. Where memory or a flush does not allow waiting, traces are decided early, which is
// counted.
//
// Observe is called by the commit thread, Filter and IsReady by the flusher; a thread of its own
// decides. Memory of a tenant: about 60 bytes per trace that waits, num_traces of them, and 50
// per decision, kDecisionsMax of them, of which tenants have kAllDecisionsMax together. Tenants
// without policies cost a look at their limits; those that stopped sending are forgotten.
#pragma once

#include <array>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/hash/fast_hash.h"
#include "base/metrics.h"
#include "config/runtime_overrides.h"
#include "ingest/live_segment.h"
#include "ingest/tail_policies.h"

namespace vivace {

struct TailSamplerOptions {
  std::function<RuntimeOverrides::Snapshot()> overrides;
  // All segments of a tenant that are not blocks yet.
  std::function<std::vector<std::shared_ptr<const LiveSegment>>(const std::string& tenant)>
      segments;
};

class TailSampler {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr size_t kDecisionsMax = 500'000;
  // Of all tenants together, each of which has the same part of them.
  static constexpr size_t kAllDecisionsMax = 4'000'000;
  // After so long without spans, and when all it sent is in blocks.
  static constexpr std::chrono::hours kForgetTenantAfter{1};

  // `metrics` must outlive the sampler.
  TailSampler(TailSamplerOptions options, Metrics& metrics)
      : options_(std::move(options)), metrics_(metrics) {}
  ~TailSampler();

  // Starts the thread that decides.
  void Start();

  // The batch has been appended to the tenant's segment.
  void Observe(const std::string& tenant, const SpanBatch& batch, Clock::time_point now);
  // A segment was replayed: its traces wait again.
  void ObserveSegment(const LiveSegment& segment, Clock::time_point now);

  // Decides the traces that have been idle for long enough.
  void DecideIdle(Clock::time_point now);

  // Tenants with policies that are known now.
  size_t tenant_count();

  // Whether nothing of a sealed segment waits any more, or has waited for too long.
  bool IsReady(const LiveSegment& segment, Clock::time_point now);
  // What of a sealed segment is kept, deciding now what still waits. Null: all of it.
  std::unique_ptr<Segment> Filter(const LiveSegment& segment, Clock::time_point now);
  // So many spans were left out of a block.
  void CountDropped(const std::string& tenant, size_t spans) const;

 private:
  enum class Reason : uint8_t { kIdle, kEarly };
  struct Hash {
    size_t operator()(const TraceId& id) const { return FastHash(id.View()); }
  };
  template <typename T>
  using ById = boost::unordered_flat_map<TraceId, T, Hash>;

  struct Tenant {
    // Held while traces are decided; taken before `mutex`, and never by the commit thread.
    std::mutex decide_mutex;
    std::unique_ptr<TailPolicies> policies;       // guarded by both
    std::vector<std::array<Counter*, 3>> counts;  // guarded by decide_mutex: by policy and decision

    std::mutex mutex;
    // The rest is guarded by mutex.
    RuntimeOverrides::Snapshot source;  // that `config` was seen in last; null: policies to come
    TailSamplingConfig config;          // of the policies
    Clock::time_point last_observed;
    Clock::duration decision_wait{};
    size_t traces_max = 0;
    ById<Clock::time_point> waiting;  // when a span came last
    std::deque<std::pair<Clock::time_point, TraceId>>
        queue;                       // each waiting trace once, when to look at it
    ById<bool> decisions;            // whether it is kept
    std::deque<TraceId> decided;     // oldest first
    std::array<Counter*, 2> late{};  // spans of traces that were decided: dropped, kept
  };

  std::shared_ptr<Tenant> FindOrAdd(const std::string& name,
                                    const RuntimeOverrides::Snapshot& snapshot);
  std::shared_ptr<Tenant> TenantOf(const std::string& name);
  void RefreshPolicies(const std::string& name, Tenant& tenant,
                       RuntimeOverrides::Snapshot snapshot) const;
  template <typename Visit>
  void ObserveTraces(const std::string& name, const Visit& visit);
  static void ObserveTrace(Tenant& tenant, const TraceId& id, uint32_t spans,
                           Clock::time_point now);
  struct Due {
    std::vector<TraceId> idle;
    std::vector<TraceId> early;  // too many wait
  };
  static Due TakeDue(Tenant& tenant, Clock::time_point now);
  void Decide(const std::string& name, Tenant& tenant, std::span<const TraceId> ids, Reason reason,
              Clock::time_point now);
  void DecideBatch(const std::string& name, Tenant& tenant, const std::vector<TraceId>& ids,
                   Reason reason, Clock::time_point now);
  void RecordDecision(Tenant& tenant, const TraceId& id, bool kept) const;
  void ForgetDecisions(Tenant& tenant, size_t left) const;
  bool ForgetTenantIfIdle(const std::string& name, Clock::time_point now);
  template <typename Visit>
  static void ForEachTrace(Tenant& tenant, const Segment& segment, const Visit& visit);
  static std::vector<TraceId> Undecided(Tenant& tenant, const Segment& segment);
  std::array<Counter*, 2> LateCounters(const std::string& name) const;
  std::vector<std::array<Counter*, 3>> PolicyCounters(const std::string& name,
                                                      const TailPolicies& policies) const;
  Counter& CounterFor(const char* name, const char* help, const std::string& tenant,
                      MetricLabels labels) const;
  void Run();

  const TailSamplerOptions options_;
  Metrics& metrics_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, std::shared_ptr<Tenant>> tenants_;  // guarded by mutex_
  bool stopping_ = false;                                   // guarded by mutex_
  std::atomic<size_t> decisions_max_{kDecisionsMax};        // of each tenant
  std::thread thread_;
};

}  // namespace vivace
