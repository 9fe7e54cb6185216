// The keys of `metrics_generator`; the entries of its remote_write are declared in
// remote_write_keys.cc.
#include "config/keys/keys.h"

namespace vivace {
namespace {

using Strings = std::vector<std::string>;
using Numbers = std::vector<double>;

void DeclareServiceGraphs(ConfigSection& section) {
  section.Unused("wait", std::chrono::seconds(10), "How long a span waits for its other side.");
  section.Unused("max_items", 10000, "Most spans that wait.");
  section.Unused("workers", 10, "Threads that expire waiting spans.");
  section.Unused("histogram_buckets", Numbers{0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8},
                 "Buckets of latencies, in seconds.");
  section.Unused("dimensions", Strings{}, "Attributes that become labels.");
  section.Unused("enable_client_server_prefix", false, "Labels carry client_ or server_ in front.");
  section.Unused("enable_messaging_system_latency_histogram", false,
                 "Latency of messages between publisher and consumer.");
  section.Unused("peer_attributes", Strings{"peer.service", "db.name", "db.system"},
                 "Attributes that name the other side.");
  section.Unused("span_multiplier_key", "", "Attribute that holds the sampling ratio.");
  section.Unused("enable_virtual_node_label", false, "Label virtual nodes.");
  section.Unused("database_name_attributes", Strings{"db.namespace", "db.name", "db.system"},
                 "Attributes that name a database.");
}

void DeclareDimensionMapping(ConfigSection& section, NoFields&) {
  section.Unused("name", "", "Name of the label.");
  section.Unused("source_labels", Strings{}, "Attributes whose values are joined.");
  section.Unused("join", "", "Text between the values.");
}

void DeclareFilterPolicy(ConfigSection& section, NoFields&) {
  for (const char* side : {"include", "exclude"}) {
    ConfigSection& match =
        section.OptionalGroup(side, "config.PolicyMatch", "Spans that are counted or not.");
    match.Unused("match_type", "", "How values are compared.")
        .OneOf({"strict", "regex"}, "invalid match type: {}");
    match.Unused("attributes", YamlNode::List(), "Keys and values that all must match.");
  }
}

void DeclareIntrinsics(ConfigSection& section) {
  section.Unused("service", true, "Label service.");
  section.Unused("span_name", true, "Label span_name.");
  section.Unused("span_kind", true, "Label span_kind.");
  section.Unused("status_code", true, "Label status_code.");
  section.Unused("status_message", false, "Label status_message.").OmitZero();
}

void DeclareSpanMetrics(ConfigSection& section) {
  section.Unused("histogram_buckets",
                 Numbers{0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024,
                         2.048, 4.096, 8.192, 16.384},
                 "Buckets of latencies, in seconds.");
  DeclareIntrinsics(section.Group("intrinsic_dimensions", "spanmetrics.IntrinsicDimensions",
                                  "Labels that every span has."));
  section.Unused("dimensions", Strings{}, "Attributes that become labels.");
  section.Groups("dimension_mappings", "sharedconfig.DimensionMappings",
                 section.Own<std::vector<NoFields>>(), "Labels made of several attributes.",
                 DeclareDimensionMapping);
  section.Unused("enable_target_info", false, "Export traces_target_info.");
  section.Unused("span_multiplier_key", "", "Attribute that holds the sampling ratio.");
  section.Unused("subprocessors",
                 std::map<std::string, bool>{{"0", true}, {"1", true}, {"2", true}},
                 "Set by the names of processors in overrides.");
  section.Groups("filter_policies", "config.FilterPolicy", section.Own<std::vector<NoFields>>(),
                 "Which spans are counted.", DeclareFilterPolicy);
  section.Unused("target_info_excluded_dimensions", Strings{},
                 "Resource attributes that traces_target_info leaves out.");
  section.Unused("enable_instance_label", true, "Label instance.");
}

void DeclareLocalBlocks(ConfigSection& section) {
  DeclareBlockConfig(section.Group("block", "common.BlockConfig", "Blocks."),
                     section.Own<BlockConfig>());
  DeclareBlockSearch(section.Group("search", "tempodb.SearchConfig", "Search."));
  section.Unused("flush_check_period", std::chrono::seconds(10), "Time between sweeps.");
  section.Unused("trace_idle_period", std::chrono::seconds(5),
                 "Cut a trace that is idle this long.");
  section.Unused("trace_live_period", std::chrono::seconds(30), "Cut a trace that is this old.");
  section.Unused("max_block_duration", std::chrono::minutes(1), "Age at which a block is cut.");
  section.Unused("max_block_bytes", 500000000u, "Size at which a block is cut.");
  section.Unused("concurrency", 4u, "Blocks that are written at once.");
  section.Unused("complete_block_timeout", std::chrono::hours(1), "How long blocks are kept.");
  section.Unused("max_live_traces", 0u, "Most live traces; 0 means no limit.");
  section.Unused("max_live_traces_bytes", 250000000u, "Bytes of live traces.");
  section.Unused("filter_server_spans", true, "Keep only server spans and roots.");
  section.Unused("flush_to_storage", false, "Write blocks to the backend.");
  section.Unused("concurrent_blocks", 10u, "Blocks that a query reads at once.");
  section.Unused("time_overlap_cutoff", 0.2,
                 "Overlap below which times of single traces are not read.");
}

void DeclareProcessors(ConfigSection& section) {
  DeclareServiceGraphs(section.Group("service_graphs", "servicegraphs.Config", "Service graphs."));
  DeclareSpanMetrics(section.Group("span_metrics", "spanmetrics.Config", "Span metrics."));
  DeclareLocalBlocks(
      section.Group("local_blocks", "localblocks.Config", "Recent traces for metrics queries."));
  ConfigSection& host = section.Group("host_info", "hostinfo.Config", "Hosts.");
  host.Unused("host_identifiers", Strings{"k8s.node.name", "host.id"},
              "Attributes that name a host.");
  host.Unused("metric_name", "traces_host_info", "Name of the metric.");
}

void DeclareRegistry(ConfigSection& section) {
  section.Unused("collection_interval", std::chrono::seconds(15), "Time between collections.");
  section.Unused("stale_duration", std::chrono::minutes(15),
                 "Drop series that are idle this long.");
  section.Unused("external_labels", std::map<std::string, std::string>{}, "Labels of every series.")
      .OmitZero();
  section.Unused("inject_tenant_id_as", "", "Label that holds the tenant.").OmitZero();
  section.Unused("max_label_name_length", 1024, "Longer label names are cut; 0 means no limit.");
  section.Unused("max_label_value_length", 2048, "Longer label values are cut; 0 means no limit.");
}

void DeclareStorage(ConfigSection& section) {
  section.Unused("path", "", "Directory of the write-ahead log; empty turns the generator off.");
  ConfigSection& wal = section.Group("wal", "storage.agentOptions", "Write-ahead log.");
  wal.Unused("wal_segment_size", 134217728, "Size of a segment.");
  wal.Unused("wal_compression", "none", "Compression of records.");
  wal.Unused("stripe_size", 16384, "Stripes of the series table.");
  wal.Unused("truncate_frequency", std::chrono::hours(2), "Time between truncations.");
  wal.Unused("min_wal_time", 300000, "Shortest time that samples are kept, in milliseconds.");
  wal.Unused("max_wal_time", 14400000, "Longest time that samples are kept, in milliseconds.");
  wal.Unused("no_lockfile", false, "No lock file.");
  section.Unused("remote_write_flush_deadline", std::chrono::minutes(1),
                 "How long samples may take at shutdown.");
  section.Unused("remote_write_add_org_id_header", true, "Send the tenant in X-Scope-OrgID.");
  section
      .Groups("remote_write", "config.plain", section.Own<std::vector<NoFields>>(),
              "Where series are sent.", DeclareRemoteWrite)
      .OmitZero();
}

}  // namespace

void DeclareGenerator(ConfigSection& section) {
  DeclareGeneratorRing(section.Group("ring", "generator.RingConfig", "Ring of generators."));
  DeclareProcessors(section.Group("processor", "generator.ProcessorConfig", "Processors."));
  DeclareRegistry(section.Group("registry", "registry.Config", "Series."));
  DeclareStorage(section.Group("storage", "storage.Config", "Remote write."));
  for (const char* name : {"traces_storage", "traces_query_storage"}) {
    ConfigSection& wal = section.Group(name, "wal.Config", "Write-ahead log of local blocks.");
    DeclareWal(wal, section.Own(WalConfig{.path = ""}), "none", "vParquet4");
  }
  section.Unused("metrics_ingestion_time_range_slack", std::chrono::seconds(30),
                 "Spans that end further from now are not counted.");
  section.Unused("query_timeout", std::chrono::seconds(30), "Deadline of a query.");
  section.Unused("override_ring_key", "metrics-generator", "Key of the ring in its store.");
  section.Unused("codec", "push-bytes", "Form in which spans arrive.");
  section.Unused("disable_local_blocks", false, "No local blocks.");
  section.Unused("disable_grpc", false, "No gRPC service.");
  section.Unused("limiter_type", "series", "What is limited: series or entities.")
      .OneOf({"series", "entity"}, "unknown limiter type: {}");
  section.Unused("ingest_concurrency", 16u, "Kafka partitions that are read at once.");
  section.Unused("instance_id", HostName(), "Name of this instance.");
  section.NotYet("no metrics are made from spans, and nothing is sent to remote_write");
}

}  // namespace vivace
