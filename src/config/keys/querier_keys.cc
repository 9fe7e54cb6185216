// The keys of `querier`.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareTraceById(ConfigSection& section, QuerierConfig& config) {
  section.Key("query_timeout", config.trace_by_id_query_timeout, "Deadline of a lookup.");
  ConfigSection& external = section.Group("external", "querier.ExternalConfig",
                                          "Another server whose traces are merged in.");
  external.Later("endpoint", "", "Its address; it must serve /api/v2/traces.")
      .Lacks("no other server is asked");
  external.Later("timeout", std::chrono::seconds(10), "Deadline of a request to it.");
}

void DeclarePartitionQueries(ConfigSection& section) {
  section.Unused("minimize_requests", true, "Ask as few replicas as possible.");
  section.Unused("hedging_delay", std::chrono::seconds(3), "Ask another replica after this time.");
  section.Unused("preferred_zone", "", "Zone that is asked first.").OmitZero();
}

void DeclareFrontendWorker(ConfigSection& section) {
  section.Unused("frontend_address", "",
                 "Address of the query frontend; empty in target all means this process.");
  section.Unused("dns_lookup_duration", std::chrono::seconds(10),
                 "Time between lookups of the address.");
  section.Unused("parallelism", 2, "Streams to each frontend.");
  section.Unused("match_max_concurrent", true,
                 "Spread max_concurrent_queries over the frontends instead.");
  section.Unused("id", "", "Name of this querier; empty means the host's.");
  GrpcClientDefaults defaults{.max_send_msg_size = 16777216,
                              .backoff_max_period = std::chrono::seconds(1),
                              .max_retries = 5};
  defaults.window_bytes = 0;
  defaults.connect_timeout = defaults.connect_backoff_base_delay =
      defaults.connect_backoff_max_delay = Duration{};
  DeclareGrpcClient(section.Group("grpc_client_config", "grpcclient.Config", "gRPC client."),
                    defaults);
}

}  // namespace

void DeclareQuerier(ConfigSection& section, QuerierConfig& config) {
  section.Group("search", "querier.SearchConfig", "Search.")
      .Key("query_timeout", config.search_query_timeout, "Deadline of a sub-request.");
  DeclareTraceById(section.Group("trace_by_id", "querier.TraceByIDConfig", "Trace by id."), config);
  ConfigSection& metrics = section.Group("metrics", "querier.MetricsConfig", "Metrics queries.");
  metrics.Unused("concurrent_blocks", 2, "Blocks that a job reads at once.");
  metrics.Unused("time_overlap_cutoff", 0.2,
                 "Overlap below which times of single traces are not read.");
  DeclarePartitionQueries(
      section.Group("partition_ring", "querier.PartitionRingConfig", "Queries to live stores."));
  section.Unused("extra_query_delay", Duration{}, "Delay added to every query; for tests.")
      .OmitZero();
  section.Key("max_concurrent_queries", config.max_concurrent_queries,
              "Sub-requests that are served at once.");
  DeclareFrontendWorker(
      section.Group("frontend_worker", "worker.Config", "Connection to the query frontend."));
  section.Unused("shuffle_sharding_ingesters_enabled", false, "Ask only the tenant's ingesters.");
  section.Unused("shuffle_sharding_ingesters_lookback_period", std::chrono::hours(1),
                 "Also ask those that were the tenant's this long ago.");
  section.Unused("query_relevant_ingesters", false,
                 "A lookup by id asks only the ingesters that own the trace.");
  section.Unused("secondary_ingester_ring", "", "Key of a second ring that is asked too.")
      .OmitZero();
  section.Unused("query_live_store", false, "Ask live stores instead of ingesters.").OmitZero();
}

}  // namespace vivace
