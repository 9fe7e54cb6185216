// The routes of the HTTP API: every path, and the function that adds it to the router.
//
// The code of a path is in the file beside this that has its name: without /api/, the version and
// the variables, joined by "_", so that /api/v2/search/tag/{tagName}/values is in
// search_tag_values.cc. What needs the application comes in as callbacks, which run on the threads
// that requests run on. Routes below /api may block in a search or a store: they belong on the
// query scheduler's threads.
//
// Elsewhere: gRPC's tempopb.StreamingQuerier is in streaming_querier.h, grpc.health.v1.Health in
// server/grpc/grpc_health.h, and what takes spans in (/v1/traces, /api/v2/spans, POST /api/traces
// and their gRPC twins) in src/receive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/query_observer.h"
#include "api/query_route.h"
#include "api/router.h"
#include "api/service_states.h"
#include "base/result.h"
#include "config/sections/limits.h"

namespace vivace {

class Metrics;
class TraceLookup;
class UserLimitsStore;
struct QueryContext;

// --- /ready, /metrics: for probes and monitoring ---

struct ReadyChecks {
  std::function<bool()> is_stopping;
  ServiceStates services;
  // Why a running component is not ready, e.g. "Ingester not ready: ..."; nothing where all is
  // well.
  std::function<std::optional<std::string>()> not_ready_reason;
};
// GET /ready: whether this process is ready for traffic (spec/api.md 1.1).
void AddReadyRoute(ReadyChecks checks, Router& router);

// GET /metrics: Vivace's own metrics in the Prometheus text format. `metrics` must outlive the
// router.
void AddMetricsRoute(const Metrics& metrics, Router& router);

// --- /flush, /shutdown: for operators, with any method (spec/api.md 1.1) ---

// Cuts everything of `tenant` (empty: of all tenants) into blocks and calls `done` when they are
// there. NOT_FOUND: unknown tenant.
using FlushAction = std::function<void(std::string tenant, std::function<void(Status)> done)>;
// /flush
void AddFlushRoute(FlushAction flush, Router& router);
// /shutdown. The callback starts an orderly stop and returns at once.
void AddShutdownRoute(std::function<void()> shutdown, Router& router);

// --- /status and other pages about this process (spec/api.md 1.1) ---

struct BuildInfo {
  std::string version;  // of the Tempo that this build stands for: clients decide by it
  std::string own_version;
  std::string revision;
  std::string branch;
  std::string build_user;
  std::string build_date;
};

// The YAML of a configuration page for `mode` ("", "diff" or "defaults"). INVALID_ARGUMENT for
// another mode.
using ConfigText = std::function<Result<std::string>(const std::string& mode)>;

struct StatusPages {
  BuildInfo build;
  ServiceStates services;
  ConfigText config;
  ConfigText runtime_config;  // unset: this process has no overrides
  std::string target = "all";
};
// GET /status, which joins the pages that follow, and those: all in one call. `router` is also what
// /status/endpoints lists, so it must outlive its own requests.
void AddStatusRoutes(const StatusPages& pages, Router& router);
// GET /status/version
void AddStatusVersionRoute(BuildInfo build, Router& router);
// GET /status/services
void AddStatusServicesRoute(ServiceStates services, Router& router);
// GET /status/endpoints
void AddStatusEndpointsRoute(Router& router);
// GET /status/config
void AddStatusConfigRoute(ConfigText config, Router& router);
// GET /status/runtime_config
void AddStatusRuntimeConfigRoute(ConfigText runtime_config, std::string target, Router& router);

// GET /api/status/buildinfo: the build as JSON.
void AddBuildInfoRoute(const BuildInfo& build, Router& router);
// /api/echo: that there is an API behind this address.
void AddEchoRoute(Router& router);

struct OverridesPages {
  // A tenant that has its own limits, or sent something recently.
  struct Tenant {
    std::string name;
    bool has_runtime_limits = false;   // in the operator's file
    bool has_wildcard_limits = false;  // there under "*"; where it has none of its own they hold
    bool has_user_limits = false;      // set by itself
    size_t live_traces = 0;
    std::vector<uint64_t> refused_spans;  // by reason
  };
  // The limits of one tenant, as YAML.
  struct TenantLimits {
    std::string merged;
    std::string runtime;
    std::string user;    // empty: none
    std::string source;  // of the runtime limits: the tenant, "*" or "default overrides"
  };
  std::vector<std::string> reasons;
  std::function<std::vector<Tenant>()> tenants;
  std::function<TenantLimits(const std::string& tenant)> limits;
};
// GET /status/overrides, /status/overrides/{tenant}: tenants with their own limits, these limits,
// and refused spans. As text, and for clients that accept it as Tempo's JSON.
void AddOverridesRoutes(OverridesPages pages, Router& router);

// --- /api/overrides ---

struct UserOverridesApi {
  UserLimitsStore& store;
  std::set<std::string> forwarders;  // that may be named
  // The tenant's limits with what it has set itself, and without.
  std::function<Limits(const std::string& tenant)> merged;
  std::function<Limits(const std::string& tenant)> runtime;
  bool check_conflicts =
      false;  // a tenant for which the operator has set such limits may not begin to set its own
};
// GET POST PATCH DELETE /api/overrides: a tenant reads and changes its own limits
// (spec/api.md 1.7).
void AddUserOverridesRoutes(UserOverridesApi api, Router& router);

// --- Queries. `context` and `lookup` must outlive the router. ---

// GET /api/traces/{traceID}, /api/v2/traces/{traceID} (spec/api.md 1.2): a trace as JSON or
// protobuf. `observer`, which may be unset, learns of every lookup.
void AddTraceByIdRoutes(TraceLookup& lookup, const QueryTimeouts& timeouts, Router& router,
                        const QueryObserver& observer = nullptr);
// GET /api/search (spec/api.md 1.3): traces that match a query, as JSON or protobuf.
void AddSearchRoute(const QueryContext& context, Router& router);
// GET /api/search/tags, /api/v2/search/tags (spec/api.md 1.4): names of attributes.
void AddSearchTagsRoutes(const QueryContext& context, Router& router);
// GET /api/search/tag/{tagName}/values, /api/v2/search/tag/{tagName}/values (spec/api.md 1.4):
// values of an attribute.
void AddSearchTagValuesRoutes(const QueryContext& context, Router& router);
// GET /api/metrics/query_range (spec/api.md 1.5): metrics over spans, as JSON.
void AddMetricsQueryRangeRoute(const QueryContext& context, Router& router);
// GET /api/metrics/query (spec/api.md 1.5): the same, one value a series.
void AddMetricsQueryRoute(const QueryContext& context, Router& router);
// GET /api/metrics/summary (spec/api.md 1.5, deprecated in Tempo): spans, errors and latencies by
// attributes, as JSON.
void AddMetricsSummaryRoute(const QueryContext& context, Router& router);

}  // namespace vivace
