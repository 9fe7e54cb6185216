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

// A job is a row group, whose size the writer of the block has chosen.
void DeclareJobs(ConfigSection& section, int64_t& concurrent_jobs) {
  section
      .Key("concurrent_jobs", concurrent_jobs,
           "Jobs of one query that run at once; never more than there are threads for.")
      .Range(1, 1e9);
  section.Unused("target_bytes_per_job", 104857600, "Bytes of a block that one job reads.");
}

void DeclareSearch(ConfigSection& section, FrontendSearchConfig& config) {
  section.Unused("timeout", Duration{}, "Not used by Tempo either.").OmitZero();
  DeclareJobs(section, config.concurrent_jobs);
  section.Key("default_result_limit", config.default_result_limit,
              "Results when the request has no limit.");
  section.Key("max_result_limit", config.max_result_limit,
              "Larger limits are refused; 0 means no check.");
  section.Key("max_duration", config.max_duration,
              "Longer time ranges are refused; 0 means no check.");
  section.Key("query_backend_after", config.query_backend_after,
              "Time range of a query that names none; blocks of any age are read.");
  section.UnusedKey("query_ingesters_until", config.query_ingesters_until,
                    "Ingesters are not queried for older data.");
  section.Unused("ingester_shards", 3, "Parts of the ingesters' time range.");
  section.Unused("most_recent_shards", 200, "Time windows of a query for the most recent results.");
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
  section.UnusedKey("query_shards", config.query_shards, "Parts of the block id space.")
      .Range(1, 1e9);
  section
      .UnusedKey("concurrent_shards", config.concurrent_shards,
                 "Parts that are read at once; 0 means all.")
      .OmitZero();
  DeclareSlo(section, config.slo);
  section.Later("external_enabled", false, "Ask querier.trace_by_id.external too.")
      .Lacks("no other server is asked")
      .OmitZero();
}

void DeclareMetrics(ConfigSection& section, FrontendMetricsConfig& config) {
  DeclareJobs(section, config.concurrent_jobs);
  section.Key("max_duration", config.max_duration,
              "Longer time ranges are refused; 0 means no check.");
  section.Unused("query_backend_after", std::chrono::minutes(30),
                 "Newer data is not read from the backend.");
  section.Unused("interval", std::chrono::minutes(5), "Time range of a job.");
  section.Key("max_exemplars", config.max_exemplars, "Most exemplars of a query; 0 means none.");
  section
      .Key("max_response_series", config.max_response_series,
           "Most series of a response; 0 means no limit.")
      .OmitZero();
  section.Unused("streaming_shards", 200, "Partial results of a streamed query.");
  section.Key("max_intervals", config.max_intervals, "Most steps of a query.");
  DeclareSlo(section, config.slo);
}

void DeclareWeights(ConfigSection& section) {
  section.Unused("request_with_weights", true,
                 "Heavier queries take more slots in the queue; here every query counts by the "
                 "bytes that it reads.");
  section.Unused("retry_with_weights", true, "The same for repeated jobs.");
  section.Unused("max_traceql_conditions", 4, "Conditions above which a query is heavy.");
  section.Unused("max_regex_conditions", 1, "Regular expressions above which a query is heavy.");
}

}  // namespace

void DeclareQueryFrontend(ConfigSection& section, QueryFrontendConfig& config) {
  section.Key("max_outstanding_per_tenant", config.max_outstanding_per_tenant,
              "Jobs that may wait per tenant; more are refused.");
  section.Unused("max_batch_size", 7, "Jobs that a querier gets at once.");
  section.Later("log_query_request_headers", CsvList{},
                "Headers that are added to the log of a query.");
  section.Later("max_retries", 2, "How often a failed job is run again.");
  DeclareSearch(section.Group("search", "frontend.SearchConfig", "Search."), config.search);
  DeclareTraceById(section.Group("trace_by_id", "frontend.TraceByIDConfig", "Trace by id."),
                   config.trace_by_id);
  DeclareMetrics(section.Group("metrics", "frontend.MetricsConfig", "Metrics queries."),
                 config.metrics);
  section.Key("multi_tenant_queries_enabled", config.multi_tenant_queries_enabled,
              "Allow several tenants (a|b) in one query.");
  section.Unused("response_consumers", 10,
                 "Threads that combine the responses of one query; one process needs none.");
  DeclareWeights(section.Group("weights", "pipeline.WeightsConfig", "Weights of queries."));
  section.Group("mcp_server", "frontend.MCPServerConfig", "MCP server.")
      .LaterKey("enabled", config.mcp_server_enabled, "Serve MCP at /api/mcp.")
      .Lacks("nothing is served at /api/mcp");
  section.Key("api_timeout", config.api_timeout, "Deadline of every API request; 0 means none.")
      .OmitZero();
  section.Key("url_deny_list", config.url_deny_list, "Patterns of URLs that are refused.")
      .OmitZero();
  section.Key("max_query_expression_size_bytes", config.max_query_expression_size_bytes,
              "Longer queries are refused.");
  section.Unused("allowed_headers", std::vector<std::string>{}, "Headers that are passed on.")
      .OmitZero();
  section.Unused(
      "rf1_after", Instant{},
      "From this time on read only blocks with replication factor 1; blocks of every factor "
      "are read.");
  section.Key("query_end_cutoff", config.query_end_cutoff, "Hide data newer than this.").OmitZero();
}

}  // namespace vivace
