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
  std::string external_endpoint;
  Duration external_timeout = std::chrono::seconds(10);
  int64_t metrics_concurrent_blocks = 2;
  double metrics_time_overlap_cutoff = 0.2;
  Duration extra_query_delay{};
  int64_t max_concurrent_queries = 20;
  std::string frontend_address;
  Duration frontend_dns_lookup_duration = std::chrono::seconds(10);
  int64_t frontend_parallelism = 2;
  bool frontend_match_max_concurrent = true;
  std::string frontend_worker_id;
  bool query_relevant_ingesters = false;
};

// A query counts as within its objective when it is faster than one of the two; both must be set.
struct SloConfig {
  Duration duration_slo{};
  double throughput_bytes_slo = 0;
};

struct FrontendSearchConfig {
  int64_t concurrent_jobs = 1000;
  int64_t target_bytes_per_job = 104857600;
  uint64_t default_result_limit = 20;
  uint64_t max_result_limit = 262144;
  Duration max_duration = std::chrono::hours(168);
  Duration query_backend_after = std::chrono::minutes(15);
  Duration query_ingesters_until = std::chrono::minutes(30);
  int64_t ingester_shards = 3;
  int64_t most_recent_shards = 200;
  uint64_t default_spans_per_span_set = 3;
  uint64_t max_spans_per_span_set = 100;
  SloConfig slo;
  SloConfig metadata_slo;
};

struct FrontendTraceByIdConfig {
  int64_t query_shards = 50;
  int64_t concurrent_shards = 0;
  SloConfig slo;
  bool external_enabled = false;
};

struct FrontendMetricsConfig {
  int64_t concurrent_jobs = 1000;
  int64_t target_bytes_per_job = 104857600;
  Duration max_duration = std::chrono::hours(3);
  Duration query_backend_after = std::chrono::minutes(30);
  Duration interval = std::chrono::minutes(5);
  uint64_t max_exemplars = 100;
  int64_t max_response_series = 0;
  int64_t streaming_shards = 200;
  uint64_t max_intervals = 10000;
  SloConfig slo;
};

struct FrontendWeightsConfig {
  bool request_with_weights = true;
  bool retry_with_weights = true;
  int64_t max_traceql_conditions = 4;
  int64_t max_regex_conditions = 1;
};

struct QueryFrontendConfig {
  int64_t max_outstanding_per_tenant = 2000;
  int64_t max_batch_size = 7;
  CsvList log_query_request_headers;
  int64_t max_retries = 2;
  FrontendSearchConfig search;
  FrontendTraceByIdConfig trace_by_id;
  FrontendMetricsConfig metrics;
  bool multi_tenant_queries_enabled = true;
  int64_t response_consumers = 10;
  FrontendWeightsConfig weights;
  bool mcp_server_enabled = false;
  Duration api_timeout{};
  std::vector<std::string> url_deny_list;
  int64_t max_query_expression_size_bytes = 131072;
  std::vector<std::string> allowed_headers;
  Instant rf1_after;
  Duration query_end_cutoff{};
};

}  // namespace vivace
