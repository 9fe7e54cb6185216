#include "ingest/tail_sampler.h"

#include <algorithm>

#include "base/log.h"
#include "base/thread_name.h"

namespace vivace {
namespace {

constexpr std::chrono::milliseconds kDecisionInterval{200};
// Traces that are decided together, and are copied for that.
constexpr size_t kDecideBatchSize = 256;
// Traces that are looked up before others get the lock.
constexpr size_t kVisitBatchSize = 4096;
// A sealed segment waits for its traces at most so many times decision_wait.
constexpr int kDecisionWaitsMax = 2;

Duration DecisionWaitOf(const TailSamplingConfig& config) {
  return config.decision_wait > Duration{} ? config.decision_wait
                                           : TailSamplingConfig::kDefaultDecisionWait;
}

TailTraces CollectTraces(const std::vector<std::shared_ptr<const LiveSegment>>& segments,
                         const std::vector<TraceId>& ids, SpanBatchBuilder& builder,
                         TailSampler::Clock::time_point now) {
  TailTraces traces{.batch = builder.batch(), .ids = {}, .rows = {}, .ends = {}, .now = now};
  for (const TraceId& id : ids) {
    const size_t before = builder.batch().spans.size();
    for (const auto& segment : segments) segment->columns.FindTrace(id, builder);
    if (builder.batch().spans.size() == before) continue;
    for (size_t row = before; row < builder.batch().spans.size(); ++row)
      traces.rows.push_back(static_cast<uint32_t>(row));
    traces.ids.push_back(id);
    traces.ends.push_back(static_cast<uint32_t>(traces.rows.size()));
  }
  return traces;
}

}  // namespace

TailSampler::~TailSampler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TailSampler::Start() {
  thread_ = std::thread([this] { Run(); });
}

void TailSampler::Run() {
  NameThread("tail-sampler");
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kDecisionInterval, [this] { return stopping_; })) {
    lock.unlock();
    DecideIdle(Clock::now());
    lock.lock();
  }
}

// Null where the tenant never had policies.
std::shared_ptr<TailSampler::Tenant> TailSampler::FindOrAdd(
    const std::string& name, const RuntimeOverrides::Snapshot& snapshot) {
  const TailSamplingConfig& config = snapshot->For(name).sampling.tail;
  const std::lock_guard lock(mutex_);
  const auto found = tenants_.find(name);
  if (found != tenants_.end()) return found->second;
  if (config.policies.empty()) return nullptr;
  auto tenant = std::make_shared<Tenant>();
  tenant->decision_wait = DecisionWaitOf(config);
  return tenants_[name] = std::move(tenant);
}

// With the policies that are in the limits now; null where the tenant keeps everything.
std::shared_ptr<TailSampler::Tenant> TailSampler::TenantOf(const std::string& name) {
  RuntimeOverrides::Snapshot snapshot = options_.overrides();
  std::shared_ptr<Tenant> tenant = FindOrAdd(name, snapshot);
  if (tenant == nullptr) return nullptr;
  bool is_current = false;
  {
    const std::lock_guard lock(tenant->mutex);
    // Any change of anybody's limits makes a new snapshot.
    is_current = tenant->source != nullptr && (tenant->source == snapshot ||
                                               tenant->config == snapshot->For(name).sampling.tail);
    if (is_current) tenant->source = std::move(snapshot);
  }
  if (!is_current) RefreshPolicies(name, *tenant, std::move(snapshot));
  const std::lock_guard lock(tenant->mutex);
  return tenant->policies == nullptr ? nullptr : tenant;
}

// With invalid policies everything is kept. No lock is held while they are compiled.
void TailSampler::RefreshPolicies(const std::string& name, Tenant& tenant,
                                  RuntimeOverrides::Snapshot snapshot) const {
  const TailSamplingConfig& config = snapshot->For(name).sampling.tail;
  std::unique_ptr<TailPolicies> policies;
  std::vector<std::array<Counter*, 3>> counts;
  std::array<Counter*, 2> late{};
  if (!config.policies.empty()) {
    auto made = TailPolicies::Make(config);
    if (made) {
      policies = *std::move(made);
    } else {
      LogError("invalid tail sampling policies, all traces are kept",
               {{"tenant", name}, {"err", made.error().message}});
    }
  }
  if (policies) {
    late = LateCounters(name);
    counts = PolicyCounters(name, *policies);
  }
  const std::lock_guard decide_lock(tenant.decide_mutex);
  const std::lock_guard lock(tenant.mutex);
  tenant.decision_wait = DecisionWaitOf(config);
  tenant.traces_max =
      config.num_traces > 0 ? config.num_traces : TailSamplingConfig::kDefaultNumTraces;
  tenant.config = config;
  tenant.source = std::move(snapshot);
  tenant.policies = std::move(policies);
  tenant.counts = std::move(counts);
  tenant.late = late;
}

std::array<Counter*, 2> TailSampler::LateCounters(const std::string& name) const {
  std::array<Counter*, 2> late{};
  for (size_t kept = 0; kept < late.size(); ++kept) {
    late[kept] = &CounterFor("vivace_tail_sampling_late_spans_total",
                             "Spans that arrived after their trace's sampling decision.", name,
                             {{"decision", kept != 0 ? "sampled" : "not_sampled"}});
  }
  return late;
}

std::vector<std::array<Counter*, 3>> TailSampler::PolicyCounters(
    const std::string& name, const TailPolicies& policies) const {
  constexpr const char* kDecisionNames[] = {"not_sampled", "sampled", "veto"};
  std::vector<std::array<Counter*, 3>> all;
  for (const std::string& policy : policies.names()) {
    auto& counts = all.emplace_back();
    for (size_t decision = 0; decision < counts.size(); ++decision) {
      counts[decision] =
          &CounterFor("vivace_tail_sampling_policy_traces_total", "Decisions of each policy.", name,
                      {{"policy", policy}, {"decision", kDecisionNames[decision]}});
    }
  }
  return all;
}

Counter& TailSampler::CounterFor(const char* name, const char* help, const std::string& tenant,
                                 MetricLabels labels) const {
  labels.emplace_back("tenant", tenant);
  return metrics_.GetCounter(name, help, labels);
}

// Calls visit(tenant) under the tenant's lock, where there are policies or some are to come: the
// commit thread does not wait until they are compiled.
template <typename Visit>
void TailSampler::ObserveTraces(const std::string& name, const Visit& visit) {
  const std::shared_ptr<Tenant> tenant = FindOrAdd(name, options_.overrides());
  if (tenant == nullptr) return;
  const std::lock_guard lock(tenant->mutex);
  if (tenant->policies != nullptr || tenant->source == nullptr) visit(*tenant);
}

void TailSampler::Observe(const std::string& tenant, const SpanBatch& batch,
                          Clock::time_point now) {
  ObserveTraces(tenant, [&](Tenant& state) {
    state.last_observed = now;
    const std::vector<TraceId>& ids = batch.spans.trace_id;
    for (size_t begin = 0, end = 0; begin < ids.size(); begin = end) {
      for (end = begin + 1; end < ids.size() && ids[end] == ids[begin];) ++end;
      ObserveTrace(state, ids[begin], static_cast<uint32_t>(end - begin), now);
    }
  });
}

// `mutex` of the tenant must be held.
void TailSampler::ObserveTrace(Tenant& tenant, const TraceId& id, uint32_t spans,
                               Clock::time_point now) {
  if (const auto decided = tenant.decisions.find(id); decided != tenant.decisions.end()) {
    return tenant.late[decided->second ? 1 : 0]->Add(spans);
  }
  if (tenant.waiting.insert_or_assign(id, now).second)
    tenant.queue.emplace_back(now + tenant.decision_wait, id);
}

void TailSampler::ObserveSegment(const LiveSegment& segment, Clock::time_point now) {
  ObserveTraces(segment.tenant, [&](Tenant& state) {
    state.last_observed = now;
    for (size_t trace = 0; trace < segment.columns.trace_count(); ++trace)
      ObserveTrace(state, segment.columns.traces()[trace].id, 0, now);
  });
}

// `mutex` must be held.
TailSampler::Due TailSampler::TakeDue(Tenant& tenant, Clock::time_point now) {
  Due due;
  while (!tenant.queue.empty()) {
    const auto [when, id] = tenant.queue.front();
    const bool is_too_many = tenant.queue.size() > tenant.traces_max;
    if (when > now && !is_too_many) break;
    tenant.queue.pop_front();
    const auto waiting = tenant.waiting.find(id);
    if (waiting == tenant.waiting.end()) continue;  // decided meanwhile
    const auto idle_at = waiting->second + tenant.decision_wait;
    if (idle_at <= now) {
      due.idle.push_back(id);
    } else if (is_too_many) {
      due.early.push_back(id);
    } else {
      tenant.queue.emplace_back(idle_at, id);
    }
  }
  return due;
}

void TailSampler::DecideIdle(Clock::time_point now) {
  std::vector<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, tenant] : tenants_) names.push_back(name);
  }
  decisions_max_ = std::min(kDecisionsMax, kAllDecisionsMax / std::max<size_t>(names.size(), 1));
  for (const std::string& name : names) {
    if (ForgetTenantIfIdle(name, now)) continue;
    const std::shared_ptr<Tenant> tenant = TenantOf(name);
    if (tenant == nullptr) continue;
    Due due;
    {
      const std::lock_guard lock(tenant->mutex);
      due = TakeDue(*tenant, now);
    }
    Decide(name, *tenant, due.early, Reason::kEarly, now);
    Decide(name, *tenant, due.idle, Reason::kIdle, now);
    const std::lock_guard lock(tenant->mutex);
    ForgetDecisions(*tenant, decisions_max_);
    metrics_
        .GetGauge("vivace_tail_sampling_waiting_traces", "Traces waiting for a sampling decision.",
                  {{"tenant", name}})
        .Set(static_cast<double>(tenant->waiting.size()));
  }
}

void TailSampler::Decide(const std::string& name, Tenant& tenant, std::span<const TraceId> ids,
                         Reason reason, Clock::time_point now) {
  for (size_t begin = 0; begin < ids.size(); begin += kDecideBatchSize) {
    // Not for all of them: changes of the limits wait for it.
    const std::lock_guard decide_lock(tenant.decide_mutex);
    if (tenant.policies == nullptr) return;
    std::vector<TraceId> some;
    {
      const std::lock_guard lock(tenant.mutex);
      for (const TraceId& id : ids.subspan(begin, std::min(kDecideBatchSize, ids.size() - begin))) {
        if (!tenant.decisions.contains(id)) some.push_back(id);
      }
    }
    DecideBatch(name, tenant, some, reason, now);
  }
}

// `decide_mutex` must be held.
void TailSampler::DecideBatch(const std::string& name, Tenant& tenant,
                              const std::vector<TraceId>& ids, Reason reason,
                              Clock::time_point now) {
  if (ids.empty()) return;
  SpanBatchBuilder builder;
  const TailTraces traces = CollectTraces(options_.segments(name), ids, builder, now);
  auto [decided, status] = tenant.policies->Decide(traces);
  if (!status)
    LogWarn("a tail sampling policy failed", {{"tenant", name}, {"err", status.error().message}});
  for (size_t policy = 0; policy < decided.policy_decisions.size(); ++policy) {
    for (const TailDecision decision : decided.policy_decisions[policy])
      tenant.counts[policy][static_cast<size_t>(decision)]->Add(1);
  }
  const auto kept = static_cast<double>(std::ranges::count(decided.kept, true));
  const auto count = [&](const char* decision, double number) {
    if (number == 0) return;
    CounterFor("vivace_tail_sampling_traces_total", "Traces with a sampling decision.", name,
               {{"decision", decision}, {"reason", reason == Reason::kIdle ? "quiet" : "early"}})
        .Add(number);
  };
  count("sampled", kept);
  count("not_sampled", static_cast<double>(decided.kept.size()) - kept);
  const std::lock_guard lock(tenant.mutex);
  for (const TraceId& id : ids) tenant.waiting.erase(id);
  for (size_t trace = 0; trace < traces.ids.size(); ++trace)
    RecordDecision(tenant, traces.ids[trace], decided.kept[trace]);
}

// `mutex` must be held.
void TailSampler::RecordDecision(Tenant& tenant, const TraceId& id, bool kept) const {
  ForgetDecisions(tenant, decisions_max_ - 1);
  if (tenant.decisions.emplace(id, kept).second) tenant.decided.push_back(id);
}

// The oldest, until so many are left. `mutex` must be held.
void TailSampler::ForgetDecisions(Tenant& tenant, size_t left) const {
  while (tenant.decided.size() > left) {
    tenant.decisions.erase(tenant.decided.front());
    tenant.decided.pop_front();
  }
}

// A trace that comes at this very moment is decided when its segment becomes a block.
bool TailSampler::ForgetTenantIfIdle(const std::string& name, Clock::time_point now) {
  std::shared_ptr<Tenant> tenant;
  {
    const std::lock_guard lock(mutex_);
    tenant = tenants_[name];
  }
  {
    const std::lock_guard lock(tenant->mutex);
    if (!tenant->waiting.empty() || now - tenant->last_observed < kForgetTenantAfter) return false;
  }
  if (!options_.segments(name).empty()) return false;
  const std::lock_guard lock(mutex_);
  return tenants_.erase(name) > 0;
}

size_t TailSampler::tenant_count() {
  const std::lock_guard lock(mutex_);
  return tenants_.size();
}

// Calls visit(id, decision), with null where there is none, until that returns false: the newest
// traces first, which wait most often.
template <typename Visit>
void TailSampler::ForEachTrace(Tenant& tenant, const Segment& segment, const Visit& visit) {
  size_t end = segment.trace_count();
  while (end > 0) {
    const size_t begin = end - std::min(end, kVisitBatchSize);
    const std::lock_guard lock(tenant.mutex);
    for (; end > begin; --end) {
      const TraceId& id = segment.traces()[end - 1].id;
      const auto decision = tenant.decisions.find(id);
      if (!visit(id, decision == tenant.decisions.end() ? nullptr : &decision->second)) return;
    }
  }
}

std::vector<TraceId> TailSampler::Undecided(Tenant& tenant, const Segment& segment) {
  std::vector<TraceId> ids;
  ForEachTrace(tenant, segment, [&](const TraceId& id, const bool* decision) {
    if (decision == nullptr) ids.push_back(id);
    return true;
  });
  return ids;
}

bool TailSampler::IsReady(const LiveSegment& segment, Clock::time_point now) {
  const std::shared_ptr<Tenant> tenant = TenantOf(segment.tenant);
  if (tenant == nullptr) return true;
  {
    const std::lock_guard lock(tenant->mutex);
    if (now >= segment.sealed + kDecisionWaitsMax * tenant->decision_wait) return true;
  }
  bool is_decided = true;
  ForEachTrace(*tenant, segment.columns, [&](const TraceId&, const bool* decision) {
    return is_decided = decision != nullptr;
  });
  return is_decided;
}

std::unique_ptr<Segment> TailSampler::Filter(const LiveSegment& segment, Clock::time_point now) {
  const std::shared_ptr<Tenant> tenant = TenantOf(segment.tenant);
  if (tenant == nullptr) return nullptr;
  Decide(segment.tenant, *tenant, Undecided(*tenant, segment.columns), Reason::kEarly, now);
  std::vector<TraceId> kept;
  ForEachTrace(*tenant, segment.columns, [&](const TraceId& id, const bool* decision) {
    if (decision == nullptr || *decision) kept.push_back(id);
    return true;
  });
  std::ranges::reverse(kept);  // oldest first
  if (kept.size() == segment.columns.trace_count()) return nullptr;
  auto left = std::make_unique<Segment>();
  SpanBatchBuilder builder;
  for (size_t i = 0; i < kept.size(); ++i) {
    segment.columns.FindTrace(kept[i], builder);
    if ((i + 1) % kDecideBatchSize != 0 && i + 1 < kept.size()) continue;
    left->Append(builder.batch());
    builder.Reset();
  }
  return left;
}

void TailSampler::CountDropped(const std::string& tenant, size_t spans) const {
  CounterFor("vivace_tail_sampling_dropped_spans_total", "Spans dropped by tail sampling.", tenant,
             {})
      .Add(static_cast<double>(spans));
}

}  // namespace vivace
