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

constexpr uint8_t DecisionOf(RefusalReason reason) {
  return static_cast<uint8_t>(kSampledOut + 1 + static_cast<uint8_t>(reason));
}

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

uint64_t Admission::Verdict::refused_spans() const {
  return std::accumulate(refused.begin(), refused.end(), uint64_t{0});
}

// The tenant's mutex must be held.
void Admission::CountRefused(const PushContext& context, Tenant& tenant, RefusalReason reason,
                             uint64_t spans) const {
  tenant.refused[static_cast<size_t>(reason)] += spans;
  if (options_.on_refused) options_.on_refused(context, reason, spans);
}

void Admission::Count(const PushContext& context, const Verdict& verdict) const {
  Tenant& tenant = *verdict.charge.tenant;
  const std::lock_guard lock(tenant.mutex);
  for (size_t reason = 0; reason < kRefusalReasons; ++reason) {
    if (verdict.refused[reason] > 0)
      CountRefused(context, tenant, static_cast<RefusalReason>(reason), verdict.refused[reason]);
  }
  if (verdict.sampled_out > 0 && options_.on_sampled_out)
    options_.on_sampled_out(context, verdict.sampled_out);
}

// Called with what the ingester answers; nothing has to be done where it has stored the spans.
void Admission::GiveBackUnlessStored(const Charge& charge, const PushResult& result) {
  if (!result.error && !result.was_stored_before) return;
  const std::lock_guard lock(charge.tenant->mutex);
  charge.tenant->rate.Return(charge.rate_bytes);
  for (const LiveTraces::Share& share : charge.traces) charge.tenant->traces.TakeBack(share);
}

Admission::Rate Admission::RateOf(const Tenant& tenant) const {
  const IngestionLimits& limits = tenant.limits->ingestion;
  const bool is_global = limits.rate_strategy == "global";
  return {.local = is_global ? limits.rate_limit_bytes / static_cast<int64_t>(options_.instances)
                             : limits.rate_limit_bytes,
          .global = is_global ? limits.rate_limit_bytes : 0,
          .burst = limits.burst_size_bytes};
}

std::optional<Admission::Refusal> Admission::CheckRate(const PushContext& context,
                                                       const PushPart& part, Tenant& tenant,
                                                       Clock::time_point now) const {
  const Rate rate = RateOf(tenant);
  if (tenant.rate.TryConsume(part.wire_bytes, rate.local, rate.burst, now)) return std::nullopt;
  Refusal refusal = RateRefusal(context, part.wire_bytes, tenant);
  const bool will_be_retried = context.is_replayable && refusal.retry_after_seconds > 0;
  if (!will_be_retried) CountRefused(context, tenant, RefusalReason::kRateLimited, part.spans);
  return refusal;
}

Admission::Refusal Admission::RateRefusal(const PushContext& context, uint64_t bytes,
                                          const Tenant& tenant) const {
  const auto [local, global, burst] = RateOf(tenant);
  Refusal refusal{
      RefusalReason::kRateLimited, {}, static_cast<uint32_t>(options_.retry_after.count())};
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
  if (!tenant.limits->ingestion.retry_info_enabled && !will_be_retried)
    refusal.retry_after_seconds = 0;
  return refusal;
}

std::optional<PushResult> Admission::RefusalOf(const PushContext& context) {
  const auto now = options_.now();
  const std::shared_ptr<Tenant> tenant = TenantOf(context.tenant, now);
  Refusal refusal{};
  {
    const std::lock_guard lock(tenant->mutex);
    tenant->last_push = now;
    RefreshLimits(context.tenant, *tenant, now);
    const Rate rate = RateOf(*tenant);
    if (tenant->rate.Has(context.wire_bytes, rate.local, rate.burst, now)) return std::nullopt;
    refusal = RateRefusal(context, context.wire_bytes, *tenant);
  }
  if (options_.on_refused_undecoded) options_.on_refused_undecoded(context);
  return PushResult{.error = Error{ErrorCode::kResourceExhausted, std::move(refusal.text)},
                    .retry_after_seconds = refusal.retry_after_seconds};
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
                               const TraceLimits& limits, Verdict& verdict, uint32_t spans,
                               Clock::time_point now) const {
  Tenant& tenant = *verdict.charge.tenant;
  const double percentage = tenant.limits->sampling.head_percentage.value_or(100);
  if (percentage < 100 && !IsSampled(id, percentage)) {
    verdict.sampled_out += spans;
    return kSampledOut;
  }
  if (limits.live_traces_max == 0 && limits.trace_bytes_max == 0) return kAdmitted;
  LiveTraces::Share share;
  const AdmitResult result = tenant.traces.Admit(id, bytes, limits, now, share);
  if (result == AdmitResult::kAdmitted) {
    verdict.charge.traces.push_back(share);
    return kAdmitted;
  }
  if (verdict.text.empty()) verdict.text = TextOf(result, context, id, bytes, tenant);
  verdict.refused[static_cast<size_t>(ReasonOf(result))] += spans;
  return DecisionOf(ReasonOf(result));
}

void Admission::CheckTraces(const PushContext& context, const SpanBatch& batch, Rows rows,
                            uint64_t bytes_per_span, Verdict& verdict,
                            std::vector<uint8_t>& decisions, Clock::time_point now) const {
  const Limits& limits = *verdict.charge.tenant->limits;
  const uint64_t global = NonNegative(limits.ingestion.max_global_traces_per_user);
  const uint64_t share = global == 0 ? 0 : std::max<uint64_t>(1, global / options_.instances);
  const TraceLimits traces{Tighter(NonNegative(limits.ingestion.max_traces_per_user), share),
                           NonNegative(limits.max_bytes_per_trace)};
  const std::vector<TraceId>& ids = batch.spans.trace_id;
  for (uint32_t begin = rows.begin; begin < rows.end;) {
    uint32_t end = begin + 1;
    while (end < rows.end && ids[end] == ids[begin]) ++end;
    const uint8_t decision = DecisionFor(context, ids[begin], bytes_per_span * (end - begin),
                                         traces, verdict, end - begin, now);
    if (decision != kAdmitted) {
      decisions.resize(ids.size());
      std::fill(decisions.begin() + begin, decisions.begin() + end, decision);
    }
    begin = end;
  }
}

// The bytes of a request are divided evenly among its spans: limits are megabytes per trace, single
// bytes do not matter.
void Admission::JudgePart(const PushContext& context, const SpanBatch& batch, const PushPart& part,
                          uint32_t first_row, Verdict& verdict, std::vector<uint8_t>& decisions,
                          Clock::time_point now) const {
  Tenant& tenant = *verdict.charge.tenant;
  const Rows rows{first_row, first_row + part.spans};
  verdict.refusal = CheckRate(context, part, tenant, now);
  if (verdict.refusal) {
    decisions.resize(batch.spans.size());
    std::fill(decisions.begin() + rows.begin, decisions.begin() + rows.end,
              DecisionOf(verdict.refusal->reason));
    return;
  }
  CheckTraces(context, batch, rows, part.wire_bytes / part.spans + 1, verdict, decisions, now);
  // What a limit on traces refuses does not count for the rate.
  const uint64_t refused_bytes = part.wire_bytes * verdict.refused_spans() / part.spans;
  tenant.rate.Return(refused_bytes);
  verdict.charge.rate_bytes = part.wire_bytes - refused_bytes;
}

Admission::Verdicts Admission::Judge(const PushContext& context, const SpanBatch& batch,
                                     const std::vector<PushPart>& parts,
                                     const std::shared_ptr<Tenant>& tenant,
                                     Clock::time_point now) const {
  Verdicts verdicts{.parts = std::vector<Verdict>(parts.size())};
  // Grown once for a thread, not for each request.
  thread_local std::vector<LiveTraces::Share> shares;
  const std::lock_guard lock(tenant->mutex);
  tenant->last_push = now;
  RefreshLimits(context.tenant, *tenant, now);
  tenant->traces.Sweep(now);
  verdicts.delay = DelayOf(*tenant->limits);
  uint32_t row = 0;
  for (size_t i = 0; i < parts.size(); row += parts[i++].spans) {
    Charge& charge = verdicts.parts[i].charge;
    charge.tenant = tenant;
    charge.traces.swap(shares);
    JudgePart(context, batch, parts[i], row, verdicts.parts[i], verdicts.rows, now);
    charge.traces.swap(shares);
    charge.traces.assign(shares.begin(), shares.end());
    shares.clear();
  }
  return verdicts;
}

void Admission::Push(PushContext context, SpanBatch batch, std::function<void(PushResult)> done) {
  std::vector<PushPart> parts;
  parts.push_back({static_cast<uint32_t>(batch.spans.size()), context.wire_bytes, std::move(done)});
  PushJoined(std::move(context), std::move(batch), std::move(parts));
}

void Admission::PushJoined(PushContext context, SpanBatch batch, std::vector<PushPart> parts) {
  const auto now = options_.now();
  Verdicts verdicts = Judge(context, batch, parts, TenantOf(context.tenant, now), now);
  LogDecided(context, batch, verdicts.rows);
  if (!verdicts.rows.empty())
    batch = Without(batch, [&](uint32_t row) { return verdicts.rows[row] != kAdmitted; });
  std::vector<PushPart> remaining;
  context.wire_bytes = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (verdicts.delay > verdicts.delay.zero())
      parts[i].done = Delayed(context, verdicts.delay, std::move(parts[i].done));
    auto part = Remaining(context, std::move(parts[i]), std::move(verdicts.parts[i]));
    if (!part) continue;
    context.wire_bytes += part->wire_bytes;
    remaining.push_back(std::move(*part));
  }
  if (remaining.size() == 1)
    return next_.Push(std::move(context), std::move(batch), std::move(remaining[0].done));
  if (!remaining.empty())
    next_.PushJoined(std::move(context), std::move(batch), std::move(remaining));
}

// What is left of a request to be pushed, with what there is to do when it is stored; nothing where
// it has been answered. What was refused is counted when the rest is stored: otherwise all of it is
// sent again.
std::optional<PushPart> Admission::Remaining(const PushContext& context, PushPart part,
                                             Verdict verdict) const {
  if (verdict.refusal) {
    part.done({.error = Error{ErrorCode::kResourceExhausted, std::move(verdict.refusal->text)},
               .retry_after_seconds = verdict.refusal->retry_after_seconds});
    return std::nullopt;
  }
  if (verdict.allows_all()) {
    part.done = [charge = std::move(verdict.charge),
                 done = std::move(part.done)](PushResult result) {
      GiveBackUnlessStored(charge, result);
      done(std::move(result));
    };
    return part;
  }
  if (verdict.refused_spans() == part.spans) {
    Count(context, verdict);
    part.done({.error = Error{ErrorCode::kResourceExhausted, std::move(verdict.text)}});
    return std::nullopt;
  }
  part.spans -= static_cast<uint32_t>(verdict.refused_spans() + verdict.sampled_out);
  part.done = [this, context, verdict = std::move(verdict),
               done = std::move(part.done)](PushResult result) {
    GiveBackUnlessStored(verdict.charge, result);
    if (!result.error) {
      Count(context, verdict);
      result.refused_spans += verdict.refused_spans();
      if (!verdict.text.empty()) result.refused_reason = verdict.text;
    }
    done(std::move(result));
  };
  if (part.spans > 0) return part;
  part.done({});
  return std::nullopt;
}

// A request over the rate was not received.
void Admission::LogDecided(const PushContext& context, const SpanBatch& batch,
                           const std::vector<uint8_t>& decisions) const {
  if (decisions.empty()) return LogSpans(options_.log_received, context, batch, {});
  constexpr uint8_t kOverRate = DecisionOf(RefusalReason::kRateLimited);
  LogSpans(options_.log_received, context, batch, {},
           [&](uint32_t row) { return decisions[row] != kOverRate; });
  for (size_t i = 0; i < kRefusalReasons; ++i) {
    const auto reason = static_cast<RefusalReason>(i);
    LogSpans(options_.log_discarded, context, batch, RefusalReasonName(reason),
             [&](uint32_t row) { return decisions[row] == DecisionOf(reason); });
  }
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

std::vector<Admission::TenantState> Admission::Tenants() const {
  std::vector<TenantState> states;
  const auto now = options_.now();
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (const auto& [name, tenant] : shard.tenants) {
      const std::lock_guard tenant_lock(tenant->mutex);
      tenant->traces.Sweep(now);
      states.push_back({name, tenant->traces.live_traces(), tenant->refused});
    }
  }
  std::ranges::sort(states, {}, &TenantState::tenant);
  return states;
}

}  // namespace vivace
