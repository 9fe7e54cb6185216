// The keys of `query_frontend`.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareSlo(ConfigSection& section, SloConfig& config) {
  section
      .Key("duration_slo", config.duration_slo,
           "A query faster than this is within its objective; 0 means no objective.")
      .OmitZero();
  section
      .Key("throughput_bytes_slo", config.throughput_bytes_slo,
           "A query that reads more bytes per second is within its objective.")
      .OmitZero();
}

void DeclareSearch(ConfigSection& section, FrontendSearchConfig& config) {
  section.Unused("timeout", Duration{}, "Not used by Tempo either.").OmitZero();
  section.Key("concurrent_jobs", config.concurrent_jobs, "Jobs of one query that run at once.");
  section.Key("target_bytes_per_job", config.target_bytes_per_job,
              "Bytes of a block that one job reads.");
  section.Key("default_result_limit", config.default_result_limit,
              "Results when the request has no limit.");
  section.Key("max_result_limit", config.max_result_limit,
              "Larger limits are refused; 0 means no check.");
  section.Key("max_duration", config.max_duration,
              "Longer time ranges are refused; 0 means no check.");
  section.Key("query_backend_after", config.query_backend_after,
              "Newer data is not read from the backend.");
  section.Key("query_ingesters_until", config.query_ingesters_until,
              "Ingesters are not queried for older data.");
  section.Key("ingester_shards", config.ingester_shards, "Parts of the ingesters' time range.");
  section.Key("most_recent_shards", config.most_recent_shards,
              "Time windows of a query for the most recent results.");
  section.Key("default_spans_per_span_set", config.default_spans_per_span_set,
              "Spans per span set when the request does not set it.");
  section.Key("max_spans_per_span_set", config.max_spans_per_span_set,
              "Most spans per span set; 0 means no limit.");
  DeclareSlo(section, config.slo);
  ConfigSection& metadata =
      section.Group("metadata_slo", "frontend.SLOConfig", "Objective of tag queries.");
  DeclareSlo(metadata, config.metadata_slo);
  metadata.OmitZero();
}

void DeclareTraceById(ConfigSection& section, FrontendTraceByIdConfig& config) {
  section.Key("query_shards", config.query_shards, "Parts of the block id space.").Range(1, 1e9);
  section
      .Key("concurrent_shards", config.concurrent_shards,
           "Parts that are read at once; 0 means all.")
      .OmitZero();
  DeclareSlo(section, config.slo);
  section.Key("external_enabled", config.external_enabled, "Ask querier.trace_by_id.external too.")
      .OmitZero();
}

void DeclareMetrics(ConfigSection& section, FrontendMetricsConfig& config) {
  section.Key("concurrent_jobs", config.concurrent_jobs, "Jobs of one query that run at once.");
  section.Key("target_bytes_per_job", config.target_bytes_per_job,
              "Bytes of a block that one job reads.");
  section.Key("max_duration", config.max_duration,
              "Longer time ranges are refused; 0 means no check.");
  section.Key("query_backend_after", config.query_backend_after,
              "Newer data is not read from the backend.");
  section.Key("interval", config.interval, "Time range of a job.");
  section.Key("max_exemplars", config.max_exemplars, "Most exemplars of a query; 0 means none.");
  section
      .Key("max_response_series", config.max_response_series,
           "Most series of a response; 0 means no limit.")
      .OmitZero();
  section.Key("streaming_shards", config.streaming_shards, "Partial results of a streamed query.");
  section.Key("max_intervals", config.max_intervals, "Most steps of a query.");
  DeclareSlo(section, config.slo);
}

void DeclareWeights(ConfigSection& section, FrontendWeightsConfig& config) {
  section.Key("request_with_weights", config.request_with_weights,
              "Heavier queries take more slots in the queue.");
  section.Key("retry_with_weights", config.retry_with_weights, "The same for repeated jobs.");
  section.Key("max_traceql_conditions", config.max_traceql_conditions,
              "Conditions above which a query is heavy.");
  section.Key("max_regex_conditions", config.max_regex_conditions,
              "Regular expressions above which a query is heavy.");
}

}  // namespace

void DeclareQueryFrontend(ConfigSection& section, QueryFrontendConfig& config) {
  section.Key("max_outstanding_per_tenant", config.max_outstanding_per_tenant,
              "Jobs that may wait per tenant; more are refused.");
  section.Key("max_batch_size", config.max_batch_size, "Jobs that a querier gets at once.");
  section.Key("log_query_request_headers", config.log_query_request_headers,
              "Headers that are added to the log of a query.");
  section.Key("max_retries", config.max_retries, "How often a failed job is run again.");
  DeclareSearch(section.Group("search", "frontend.SearchConfig", "Search."), config.search);
  DeclareTraceById(section.Group("trace_by_id", "frontend.TraceByIDConfig", "Trace by id."),
                   config.trace_by_id);
  DeclareMetrics(section.Group("metrics", "frontend.MetricsConfig", "Metrics queries."),
                 config.metrics);
  section.Key("multi_tenant_queries_enabled", config.multi_tenant_queries_enabled,
              "Allow several tenants (a|b) in one query.");
  section.Key("response_consumers", config.response_consumers,
              "Threads that combine the responses of one query.");
  DeclareWeights(section.Group("weights", "pipeline.WeightsConfig", "Weights of queries."),
                 config.weights);
  section.Group("mcp_server", "frontend.MCPServerConfig", "MCP server.")
      .Key("enabled", config.mcp_server_enabled, "Serve MCP at /api/mcp.");
  section.Key("api_timeout", config.api_timeout, "Deadline of every API request; 0 means none.")
      .OmitZero();
  section.Key("url_deny_list", config.url_deny_list, "Patterns of URLs that are refused.")
      .OmitZero();
  section.Key("max_query_expression_size_bytes", config.max_query_expression_size_bytes,
              "Longer queries are refused.");
  section.Key("allowed_headers", config.allowed_headers, "Headers that are passed on.").OmitZero();
  section.Key("rf1_after", config.rf1_after,
              "From this time on read only blocks with replication factor 1.");
  section.Key("query_end_cutoff", config.query_end_cutoff, "Hide data newer than this.").OmitZero();
}

}  // namespace vivace
