// Metrics of requests to the API, and of the queries among them, under Tempo's names
// (spec/api.md 5.1). Any thread; a request costs one lookup of its handles, a query three more.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "api/query_observer.h"
#include "base/metrics.h"
#include "config/sections/query_config.h"

namespace vivace {

// tempo_request_duration_seconds for one kind of request; `status` is a number, or success, error
// or cancel for gRPC.
Histogram& RequestDuration(Metrics& metrics, const std::string& method, const std::string& route,
                           const std::string& status);
// The same under another name of the route, for vivace.seed_metric_aliases. Its series carry the
// label alias="true", so that sums can leave them out.
Histogram& AliasRequestDuration(Metrics& metrics, const std::string& method,
                                const std::string& route, const std::string& status);

// Tempo's label for a route: everything but letters and digits becomes '_', trimmed.
std::string RouteLabel(std::string_view pattern);

// Whether a query is within its objective, for tempo_query_frontend_queries_within_slo_total: one
// that fails never is; one that is slower than duration_slo and reads fewer bytes per second than
// throughput_bytes_slo is not, where both are set.
bool IsWithinSlo(const QueryOutcome& outcome, const SloConfig& slo);
// The objective of an operation (traces, search, metadata, metrics).
const SloConfig& SloOf(const QueryFrontendConfig& config, std::string_view operation);

class RequestMetrics {
 public:
  // `seed_aliases`: trace lookups are also counted under the literal route, which common dashboards
  // and alerts use. `config` must outlive this.
  RequestMetrics(Metrics& metrics, const QueryFrontendConfig& config, bool seed_aliases)
      : metrics_(metrics), config_(config), seed_aliases_(seed_aliases) {}

  // `route` is the pattern of the route that answered.
  void OnResponse(std::string_view method, std::string_view route, int status, double seconds);
  void OnQuery(const QueryOutcome& outcome);

 private:
  Metrics& metrics_;
  const QueryFrontendConfig& config_;
  const bool seed_aliases_;
  std::mutex mutex_;
  std::map<std::tuple<std::string, std::string, int>, std::vector<Histogram*>> durations_;
};

}  // namespace vivace
