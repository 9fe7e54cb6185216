#include "receive/admission/admission.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "base/hash/fast_hash.h"
#include "columns/span_batch_builder.h"
#include "receive/admission/head_sampling.h"
#include "receive/admission/span_log.h"

namespace vivace {
namespace {

using Clock = std::chrono::steady_clock;
using AdmitResult = LiveTraces::AdmitResult;

constexpr std::chrono::minutes kTenantIdlePeriod{10};
// Getting them takes a lock that all tenants share.
constexpr std::chrono::milliseconds kLimitsRefreshPeriod{100};

// Decisions for a row; values above these are refusals, by reason.
constexpr uint8_t kAdmitted = 0;
constexpr uint8_t kSampledOut = 1;

RefusalReason ReasonOf(AdmitResult result) {
  return result == AdmitResult::kTooManyTraces ? RefusalReason::kLiveTracesExceeded
                                               : RefusalReason::kTraceTooLarge;
}

uint64_t NonNegative(int64_t limit) { return static_cast<uint64_t>(std::max<int64_t>(limit, 0)); }

// The smaller of two limits of which 0 is none.
uint64_t Tighter(uint64_t a, uint64_t b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); }

}  // namespace

Clock::time_point CoarseNow() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return Clock::time_point(std::chrono::seconds(now.tv_sec) +
                           std::chrono::nanoseconds(now.tv_nsec));
}

const char* RefusalReasonName(RefusalReason reason) {
  static constexpr const char* kNames[kRefusalReasons] = {"rate_limited", "live_traces_exceeded",
                                                          "trace_too_large"};
  return kNames[static_cast<size_t>(reason)];
}

std::shared_ptr<Admission::Tenant> Admission::TenantOf(const std::string& name,
                                                       Clock::time_point now) {
  Shard& shard = shards_[FastHash(name) % shards_.size()];
  {
    const std::lock_guard lock(shard.mutex);
    if (const auto known = shard.tenants.find(name); known != shard.tenants.end())
      return known->second;
  }
  EvictIdleTenants(now);
  const std::lock_guard lock(shard.mutex);
  std::shared_ptr<Tenant>& tenant = shard.tenants[name];
  if (tenant == nullptr) {
    tenant = std::make_shared<Tenant>(options_.trace_idle_period);
    tenant->last_push = now;
  }
  return tenant;
}

// Whenever a new tenant comes, but not more often than once a minute.
void Admission::EvictIdleTenants(Clock::time_point now) {
  const int64_t ticks = now.time_since_epoch().count();
  int64_t due = next_sweep_.load();
  const int64_t next = (now + std::chrono::minutes(1)).time_since_epoch().count();
  if (ticks < due || !next_sweep_.compare_exchange_strong(due, next)) return;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    erase_if(shard.tenants, [&](const auto& entry) {
      const std::lock_guard tenant_lock(entry.second->mutex);
      return now - entry.second->last_push > kTenantIdlePeriod;
    });
  }
}

void Admission::RefreshLimits(const std::string& name, Tenant& tenant,
                              Clock::time_point now) const {
  if (tenant.limits != nullptr && now < tenant.next_refresh) return;
  tenant.next_refresh = now + kLimitsRefreshPeriod;
  tenant.limits = options_.overrides()->SharedFor(name);
}

uint64_t Admission::RowDecisions::refused_spans() const {
  return std::accumulate(refused.begin(), refused.end(), uint64_t{0});
}

// The tenant's mutex must be held.
void Admission::CountRefused(const PushContext& context, Tenant& tenant, RefusalReason reason,
                             uint64_t spans) const {
  tenant.refused[static_cast<size_t>(reason)] += spans;
  if (options_.on_refused) options_.on_refused(context, reason, spans);
}

void Admission::Count(const PushContext& context, Tenant& tenant,
                      const RowDecisions& decisions) const {
  const std::lock_guard lock(tenant.mutex);
  for (size_t reason = 0; reason < kRefusalReasons; ++reason) {
    if (decisions.refused[reason] > 0)
      CountRefused(context, tenant, static_cast<RefusalReason>(reason), decisions.refused[reason]);
  }
  if (decisions.sampled_out > 0 && options_.on_sampled_out)
    options_.on_sampled_out(context, decisions.sampled_out);
}

// Called with what the ingester answers; nothing has to be done where it has stored the spans.
void Admission::GiveBackUnlessStored(const Charge& charge, const PushResult& result) {
  if (!result.error && !result.was_stored_before) return;
  const std::lock_guard lock(charge.tenant->mutex);
  charge.tenant->rate.Return(charge.rate_bytes);
  for (const LiveTraces::Share& share : charge.traces) charge.tenant->traces.TakeBack(share);
}

std::optional<Admission::Refusal> Admission::CheckRate(const PushContext& context, uint64_t spans,
                                                       Tenant& tenant, Clock::time_point now) {
  const IngestionLimits& limits = tenant.limits->ingestion;
  const bool is_global = limits.rate_strategy == "global";
  const int64_t local = is_global
                            ? limits.rate_limit_bytes / static_cast<int64_t>(options_.instances)
                            : limits.rate_limit_bytes;
  const int64_t burst = limits.burst_size_bytes;
  const uint64_t bytes = context.wire_bytes;
  if (tenant.rate.TryConsume(bytes, local, burst, now)) return std::nullopt;
  Refusal refusal{
      RefusalReason::kRateLimited, {}, static_cast<uint32_t>(options_.retry_after.count())};
  const int64_t global = is_global ? limits.rate_limit_bytes : 0;
  const bool never_fits =
      static_cast<int64_t>(bytes) > local && static_cast<int64_t>(bytes) > burst;
  refusal.text = never_fits ? fmt::format(
                                  "RATE_LIMITED: batch size ({} bytes) exceeds ingestion limit "
                                  "(local: {} bytes/s, global: {} bytes/s, "
                                  "burst: {} bytes) while adding {} bytes for user {}. consider "
                                  "reducing batch size or increasing "
                                  "rate limit.",
                                  bytes, local, global, burst, bytes, context.tenant)
                            : fmt::format(
                                  "RATE_LIMITED: ingestion rate limit (local: {} bytes/s, global: "
                                  "{} bytes/s, burst: {} bytes) exceeded "
                                  "while adding {} bytes for user {}. consider increasing the "
                                  "limit or reducing ingestion rate.",
                                  local, global, burst, bytes, context.tenant);
  const uint32_t fits_in_seconds = tenant.rate.SecondsUntil(bytes, local, burst);
  const bool will_be_retried = context.is_replayable && fits_in_seconds > 0;
  if (refusal.retry_after_seconds == 0 || context.is_replayable)
    refusal.retry_after_seconds = fits_in_seconds;
  if (!limits.retry_info_enabled && !will_be_retried) refusal.retry_after_seconds = 0;
  if (!will_be_retried) CountRefused(context, tenant, RefusalReason::kRateLimited, spans);
  return refusal;
}

std::string Admission::TextOf(AdmitResult result, const PushContext& context, const TraceId& id,
                              uint64_t bytes, const Tenant& tenant) const {
  const Limits& limits = *tenant.limits;
  if (result == AdmitResult::kTooManyTraces) {
    return fmt::format(
        "LIVE_TRACES_EXCEEDED: per-user traces limit (local: {} global: {} actual local: {}) "
        "exceeded for user {}",
        limits.ingestion.max_traces_per_user, limits.ingestion.max_global_traces_per_user,
        tenant.traces.live_traces(), context.tenant);
  }
  return fmt::format(
      "TRACE_TOO_LARGE: max size of trace ({} bytes) exceeded while adding {} bytes to the {} of "
      "trace {} for user {}",
      limits.max_bytes_per_trace, bytes, tenant.traces.BytesOf(id), ToHex(id.View()),
      context.tenant);
}

// The decision for the spans of one trace: kAdmitted, kSampledOut, or above it the reason of their
// refusal.
uint8_t Admission::DecisionFor(const PushContext& context, const TraceId& id, uint64_t bytes,
                               const TraceLimits& limits, Charge& charge, RowDecisions& decisions,
                               uint32_t spans, Clock::time_point now) const {
  Tenant& tenant = *charge.tenant;
  const double percentage = tenant.limits->sampling.head_percentage.value_or(100);
  if (percentage < 100 && !IsSampled(id, percentage)) {
    decisions.sampled_out += spans;
    return kSampledOut;
  }
  if (limits.live_traces_max == 0 && limits.trace_bytes_max == 0) return kAdmitted;
  LiveTraces::Share share;
  const AdmitResult result = tenant.traces.Admit(id, bytes, limits, now, share);
  if (result == AdmitResult::kAdmitted) {
    charge.traces.push_back(share);
    return kAdmitted;
  }
  if (decisions.text.empty()) decisions.text = TextOf(result, context, id, bytes, tenant);
  const auto reason = static_cast<uint8_t>(ReasonOf(result));
  decisions.refused[reason] += spans;
  return kSampledOut + 1 + reason;
}

// The bytes of a request are divided evenly among its spans: limits are megabytes per trace, single
// bytes do not matter.
Admission::RowDecisions Admission::CheckTraces(const PushContext& context, const SpanBatch& batch,
                                               Charge& charge, Clock::time_point now) const {
  const Limits& limits = *charge.tenant->limits;
  const uint64_t global = NonNegative(limits.ingestion.max_global_traces_per_user);
  const uint64_t share = global == 0 ? 0 : std::max<uint64_t>(1, global / options_.instances);
  const TraceLimits traces{Tighter(NonNegative(limits.ingestion.max_traces_per_user), share),
                           NonNegative(limits.max_bytes_per_trace)};
  RowDecisions decisions;
  charge.tenant->traces.Sweep(now);
  const std::vector<TraceId>& ids = batch.spans.trace_id;
  const auto count = static_cast<uint32_t>(ids.size());
  const uint64_t bytes_per_span = context.wire_bytes / count + 1;
  for (uint32_t begin = 0; begin < count;) {
    uint32_t end = begin + 1;
    while (end < count && ids[end] == ids[begin]) ++end;
    const uint8_t decision = DecisionFor(context, ids[begin], bytes_per_span * (end - begin),
                                         traces, charge, decisions, end - begin, now);
    if (decision != kAdmitted) {
      decisions.rows.resize(count);
      std::fill(decisions.rows.begin() + begin, decisions.rows.begin() + end, decision);
    }
    begin = end;
  }
  return decisions;
}

void Admission::Push(PushContext context, SpanBatch batch, std::function<void(PushResult)> done) {
  const auto now = options_.now();
  Charge charge{.tenant = TenantOf(context.tenant, now), .rate_bytes = context.wire_bytes};
  Tenant& tenant = *charge.tenant;
  std::optional<Refusal> refusal;
  RowDecisions decisions;
  std::chrono::nanoseconds delay{0};
  // Grown once for a thread, not for each request.
  thread_local std::vector<LiveTraces::Share> shares;
  charge.traces.swap(shares);
  {
    const std::lock_guard lock(tenant.mutex);
    tenant.last_push = now;
    RefreshLimits(context.tenant, tenant, now);
    delay = DelayOf(*tenant.limits);
    refusal = CheckRate(context, batch.spans.size(), tenant, now);
    if (!refusal) decisions = CheckTraces(context, batch, charge, now);
    // What a limit on traces refuses does not count for the rate.
    const uint64_t refused_bytes =
        context.wire_bytes * decisions.refused_spans() / batch.spans.size();
    tenant.rate.Return(refused_bytes);
    charge.rate_bytes -= refused_bytes;
  }
  charge.traces.swap(shares);
  charge.traces.assign(shares.begin(), shares.end());
  shares.clear();
  if (delay > delay.zero()) done = Delayed(context, delay, std::move(done));
  if (refusal) {
    LogSpans(options_.log_discarded, context, batch, RefusalReasonName(refusal->reason));
    return done({.error = Error{ErrorCode::kResourceExhausted, std::move(refusal->text)},
                 .retry_after_seconds = refusal->retry_after_seconds});
  }
  LogSpans(options_.log_received, context, batch, {});
  if (!decisions.rows.empty()) {
    return PushRemaining(std::move(context), std::move(batch), std::move(charge),
                         std::move(decisions), std::move(done));
  }
  next_.Push(std::move(context), std::move(batch),
             [charge = std::move(charge), done = std::move(done)](PushResult result) {
               GiveBackUnlessStored(charge, result);
               done(std::move(result));
             });
}

std::chrono::nanoseconds Admission::DelayOf(const Limits& limits) const {
  if (!options_.call_at) return std::chrono::nanoseconds(0);
  return limits.ingestion.artificial_delay.value_or(options_.artificial_delay);
}

// `done`, but not before so long from now, give or take a tenth.
std::function<void(PushResult)> Admission::Delayed(const PushContext& context,
                                                   std::chrono::nanoseconds delay,
                                                   std::function<void(PushResult)> done) const {
  thread_local std::minstd_rand random{std::random_device{}()};
  const double factor = std::uniform_real_distribution(0.9, 1.1)(random);
  const auto due = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      factor * std::chrono::duration<double, std::nano>(delay));
  return [this, context, due, done = std::move(done)](PushResult result) {
    const std::chrono::duration<double> added = due - Clock::now();
    if (added.count() <= 0) return done(std::move(result));
    if (options_.on_delayed) options_.on_delayed(context, added.count());
    options_.call_at(due, [done, result = std::move(result)] { done(result); });
  };
}

// Pushes the allowed spans of a batch of which some were not. Those are counted when the others are
// stored: otherwise all of them are sent again.
void Admission::PushRemaining(PushContext context, SpanBatch batch, Charge charge,
                              RowDecisions decisions, std::function<void(PushResult)> done) {
  const uint64_t refused = decisions.refused_spans();
  for (size_t reason = 0; reason < kRefusalReasons && refused > 0; ++reason) {
    const auto decision = static_cast<uint8_t>(kSampledOut + 1 + reason);
    LogSpans(options_.log_discarded, context, batch,
             RefusalReasonName(static_cast<RefusalReason>(reason)),
             [&](uint32_t row) { return decisions.rows[row] == decision; });
  }
  if (refused > 0 && refused == batch.spans.size()) {
    Count(context, *charge.tenant, decisions);
    return done({.error = Error{ErrorCode::kResourceExhausted, std::move(decisions.text)}});
  }
  const auto is_left_out = [&](uint32_t row) { return decisions.rows[row] != kAdmitted; };
  SpanBatch left = Without(batch, is_left_out);
  decisions.rows = {};
  auto report = [this, context, charge = std::move(charge), decisions = std::move(decisions),
                 done = std::move(done)](PushResult result) {
    GiveBackUnlessStored(charge, result);
    if (!result.error) {
      Count(context, *charge.tenant, decisions);
      result.refused_spans += decisions.refused_spans();
      if (!decisions.text.empty()) result.refused_reason = decisions.text;
    }
    done(std::move(result));
  };
  if (left.spans.size() == 0) return report({});
  next_.Push(std::move(context), std::move(left), std::move(report));
}

std::vector<Admission::TenantState> Admission::Tenants() const {
  std::vector<TenantState> states;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (const auto& [name, tenant] : shard.tenants) {
      const std::lock_guard tenant_lock(tenant->mutex);
      states.push_back({name, tenant->traces.live_traces(), tenant->refused});
    }
  }
  std::ranges::sort(states, {}, &TenantState::tenant);
  return states;
}

}  // namespace vivace
