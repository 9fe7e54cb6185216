// The `querier` and `query_frontend` blocks: limits, sharding and time windows of queries.
//
// Member initialisers are the defaults; what each key means stands in querier_keys.cc and
// query_frontend_keys.cc. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/sections/value_types.h"

namespace vivace {

struct QuerierConfig {
  Duration search_query_timeout = std::chrono::seconds(30);
  Duration trace_by_id_query_timeout = std::chrono::seconds(10);
  int64_t max_concurrent_queries = 20;
};

// A query counts as within its objective when it is faster than one of the two; both must be set.
struct SloConfig {
  Duration duration_slo{};
  double throughput_bytes_slo = 0;
};

struct FrontendSearchConfig {
  int64_t concurrent_jobs = 1000;
  uint64_t default_result_limit = 20;
  uint64_t max_result_limit = 262144;
  Duration max_duration = std::chrono::hours(168);
  Duration query_backend_after = std::chrono::minutes(15);
  Duration query_ingesters_until = std::chrono::minutes(30);
  uint64_t default_spans_per_span_set = 3;
  uint64_t max_spans_per_span_set = 100;
  SloConfig slo;
  SloConfig metadata_slo;
};

struct FrontendTraceByIdConfig {
  int64_t query_shards = 50;
  int64_t concurrent_shards = 0;
  SloConfig slo;
};

struct FrontendMetricsConfig {
  int64_t concurrent_jobs = 1000;
  Duration max_duration = std::chrono::hours(3);
  uint64_t max_exemplars = 100;
  int64_t max_response_series = 0;
  uint64_t max_intervals = 10000;
  SloConfig slo;
};

struct QueryFrontendConfig {
  int64_t max_outstanding_per_tenant = 2000;
  FrontendSearchConfig search;
  FrontendTraceByIdConfig trace_by_id;
  FrontendMetricsConfig metrics;
  bool multi_tenant_queries_enabled = true;
  bool mcp_server_enabled = false;
  Duration api_timeout{};
  std::vector<std::string> url_deny_list;
  int64_t max_query_expression_size_bytes = 131072;
  Duration query_end_cutoff{};
};

}  // namespace vivace
