// The keys of limits, which `overrides.defaults` and every tenant have, in their nested and in
// their flat form.
#include "config/keys/keys.h"

namespace vivace {
namespace {

constexpr std::string_view kGenerator = "metrics_generator";

void DeclareIngestion(ConfigSection& section, IngestionLimits& limits) {
  section
      .Key("rate_strategy", limits.rate_strategy,
           "Whether the rate counts per distributor or for all.")
      .OneOf({"", "local", "global"}, "invalid rate strategy: {}")
      .Else("local");
  section.Key("rate_limit_bytes", limits.rate_limit_bytes,
              "Bytes per second; 0 refuses everything after one burst.");
  section.Key("burst_size_bytes", limits.burst_size_bytes, "Bytes at once.");
  section.Key("max_traces_per_user", limits.max_traces_per_user,
              "Live traces per ingester; 0 means no limit.");
  section
      .Key("max_global_traces_per_user", limits.max_global_traces_per_user,
           "Live traces of the cluster; 0 means no limit.")
      .OmitZero();
  section
      .UnusedKey("tenant_shard_size", limits.tenant_shard_size,
                 "Ingesters of the tenant; 0 means all.")
      .OmitZero();
  section
      .Key("max_attribute_bytes", limits.max_attribute_bytes,
           "Longer attributes are cut; 0 means distributor.max_attribute_bytes.")
      .OmitZero();
  section.Key("artificial_delay", limits.artificial_delay, "Shortest time that a push takes.")
      .OmitZero();
  section.Key("retry_info_enabled", limits.retry_info_enabled,
              "Send a retry delay to refused clients.");
}

void DeclareRead(ConfigSection& section, ReadLimits& limits) {
  section.Key("max_bytes_per_tag_values_query", limits.max_bytes_per_tag_values_query,
              "Size of an answer with tag values.");
  section
      .Key("max_blocks_per_tag_values_query", limits.max_blocks_per_tag_values_query,
           "Blocks that such a query reads; 0 means all.")
      .OmitZero();
  section
      .Key("max_search_duration", limits.max_search_duration,
           "Longest time range of a search; 0 means the frontend's.")
      .OmitZero();
  section
      .Key("max_metrics_duration", limits.max_metrics_duration,
           "Longest time range of a metrics query; 0 means the frontend's.")
      .OmitZero();
  section.UnusedKey("unsafe_query_hints", limits.unsafe_query_hints, "Allow all query hints.")
      .OmitZero();
}

void DeclareSampling(ConfigSection& section, SamplingLimits& limits) {
  section
      .Key("head_percentage", limits.head_percentage,
           "Vivace: percentage of traces that are accepted, chosen by trace id; unset means all.")
      .Range(0, 100)
      .OmitZero();
  DeclareTailSampling(
      section.Group("tail", "overrides.TailSampling",
                    "Vivace: which traces are kept, decided when they are complete."),
      limits.tail);
  section.OmitZero();
}

void DeclareCompactionLimits(ConfigSection& section, CompactionLimits& limits) {
  section
      .LaterKey("block_retention", limits.block_retention,
                "Blocks older than this are deleted; 0 means the compactor's.")
      .Lacks(kNoCompaction)
      .OmitZero();
  section
      .LaterKey("compaction_window", limits.compaction_window,
                "Blocks of one window are merged; 0 means the compactor's.")
      .Lacks(kNoCompaction)
      .OmitZero();
  section.LaterKey("compaction_disabled", limits.compaction_disabled, "Do not compact.").OmitZero();
  section.OmitZero();
}

void DeclareServiceGraphs(ConfigSection& section, ServiceGraphsLimits& limits) {
  section.LaterKey("histogram_buckets", limits.histogram_buckets, "Buckets of latencies.")
      .OmitZero();
  section.LaterKey("dimensions", limits.dimensions, "Attributes that become labels.").OmitZero();
  section
      .LaterKey("peer_attributes", limits.peer_attributes, "Attributes that name the other side.")
      .OmitZero();
  section
      .LaterKey("enable_client_server_prefix", limits.enable_client_server_prefix,
                "Labels carry client_ or server_ in front.")
      .OmitZero();
  section
      .LaterKey("enable_messaging_system_latency_histogram",
                limits.enable_messaging_system_latency_histogram, "Latency of messages.")
      .OmitZero();
  section
      .LaterKey("enable_virtual_node_label", limits.enable_virtual_node_label,
                "Label virtual nodes.")
      .OmitZero();
  section.OmitZero();
}

void DeclareDimensionMapping(ConfigSection& section, DimensionMapping& mapping) {
  section.LaterKey("name", mapping.name, "Name of the label.");
  section.LaterKey("source_labels", mapping.source_labels, "Attributes whose values are joined.");
  section.LaterKey("join", mapping.join, "Text between the values.");
}

void DeclareSpanMetrics(ConfigSection& section, SpanMetricsLimits& limits) {
  section.LaterKey("histogram_buckets", limits.histogram_buckets, "Buckets of latencies.")
      .OmitZero();
  section.LaterKey("dimensions", limits.dimensions, "Attributes that become labels.").OmitZero();
  section
      .LaterKey("intrinsic_dimensions", limits.intrinsic_dimensions, "Labels that every span has.")
      .OmitZero();
  section.LaterKey("filter_policies", limits.filter_policies, "Which spans are counted.")
      .OmitZero();
  section
      .Groups("dimension_mappings", "sharedconfig.DimensionMappings", limits.dimension_mappings,
              "Labels made of several attributes.", DeclareDimensionMapping)
      .Later()
      .OmitZero();
  section.LaterKey("enable_target_info", limits.enable_target_info, "Export traces_target_info.")
      .OmitZero();
  section
      .LaterKey("target_info_excluded_dimensions", limits.target_info_excluded_dimensions,
                "Attributes that traces_target_info leaves out.")
      .OmitZero();
  section.LaterKey("enable_instance_label", limits.enable_instance_label, "Label instance.")
      .OmitZero();
  section.OmitZero();
}

void DeclareLocalBlocks(ConfigSection& section, LocalBlocksLimits& limits) {
  section.LaterKey("max_live_traces", limits.max_live_traces, "Most live traces.").OmitZero();
  section.LaterKey("max_block_duration", limits.max_block_duration, "Age at which a block is cut.")
      .OmitZero();
  section.LaterKey("max_block_bytes", limits.max_block_bytes, "Size at which a block is cut.")
      .OmitZero();
  section.LaterKey("flush_check_period", limits.flush_check_period, "Time between sweeps.")
      .OmitZero();
  section
      .LaterKey("trace_idle_period", limits.trace_idle_period,
                "Cut a trace that is idle this long.")
      .OmitZero();
  section
      .LaterKey("complete_block_timeout", limits.complete_block_timeout,
                "How long blocks are kept.")
      .OmitZero();
  section.OmitZero();
}

void DeclareProcessors(ConfigSection& section, GeneratorLimits& limits) {
  DeclareServiceGraphs(
      section.Group("service_graphs", "overrides.ServiceGraphsOverrides", "Service graphs."),
      limits.service_graphs);
  DeclareSpanMetrics(
      section.Group("span_metrics", "overrides.SpanMetricsOverrides", "Span metrics."),
      limits.span_metrics);
  DeclareLocalBlocks(
      section.Group("local_blocks", "overrides.LocalBlocksOverrides", "Local blocks."),
      limits.local_blocks);
  ConfigSection& host = section.Group("host_info", "overrides.HostInfoOverrides", "Hosts.");
  host.LaterKey("host_identifiers", limits.host_identifiers, "Attributes that name a host.")
      .OmitZero();
  host.LaterKey("metric_name", limits.host_info_metric_name, "Name of the metric.").OmitZero();
  host.OmitZero();
  section.OmitZero();
}

void DeclareGeneratorLimits(ConfigSection& section, GeneratorLimits& limits) {
  section.LaterKey("ring_size", limits.ring_size, "Generators of the tenant; 0 means all.")
      .OmitZero();
  section.LaterKey("processors", limits.processors, "Processors that run.").OmitZero();
  section.LaterKey("max_active_series", limits.max_active_series, "Most series; 0 means no limit.")
      .OmitZero();
  section
      .LaterKey("max_active_entities", limits.max_active_entities,
                "Most entities; 0 means no limit.")
      .OmitZero();
  section
      .LaterKey("collection_interval", limits.collection_interval,
                "Time between collections; 0 means the generator's.")
      .OmitZero();
  section.LaterKey("disable_collection", limits.disable_collection, "Count but do not send.")
      .OmitZero();
  section
      .LaterKey("generate_native_histograms", limits.generate_native_histograms,
                "Kind of histograms.")
      .OneOf({"", "classic", "native", "both"},
             "\"{}\" is not a valid value, valid values: classic, native, both");
  section
      .LaterKey("trace_id_label_name", limits.trace_id_label_name,
                "Label of exemplars; empty means traceID.")
      .OmitZero();
  section.LaterKey("remote_write_headers", limits.remote_write_headers, "Headers of remote write.")
      .OmitZero();
  section.LaterKey("ingestion_time_range_slack", limits.ingestion_time_range_slack,
                   "Spans further from now are not counted; 0 means the generator's.");
  section.LaterKey("native_histogram_bucket_factor", limits.native_histogram_bucket_factor,
                   "Growth of buckets; more than 1.");
  section.LaterKey("native_histogram_max_bucket_number", limits.native_histogram_max_bucket_number,
                   "Most buckets.");
  section.LaterKey("native_histogram_min_reset_duration",
                   limits.native_histogram_min_reset_duration, "Shortest time between resets.");
  ConfigSection& forwarder =
      section.Group("forwarder", "overrides.ForwarderOverrides", "Queue to the generator.");
  forwarder.LaterKey("queue_size", limits.forwarder_queue_size, "Requests that wait; 0 means 100.")
      .OmitZero();
  forwarder.LaterKey("workers", limits.forwarder_workers, "Senders; 0 means 2.").OmitZero();
  forwarder.OmitZero();
  DeclareProcessors(section.Group("processor", "overrides.ProcessorOverrides", "Processors."),
                    limits);
}

void DeclareCostAttribution(ConfigSection& section, CostAttributionLimits& limits) {
  section
      .LaterKey("max_cardinality", limits.max_cardinality,
                "Most series; 0 means the distributor's.")
      .OmitZero();
  section.LaterKey("dimensions", limits.dimensions, "Attributes and the labels that they become.")
      .OmitZero();
  section.OmitZero();
}

// The old form's name of a key: its path with underscores, or only its own name.
std::string FlatName(const std::string& group, const std::string& path, const std::string& name) {
  if (group == kGenerator) return path;
  const bool keeps_group = group == "ingestion" && !name.starts_with("max_traces_") &&
                           !name.starts_with("max_global_traces_");
  return keeps_group ? path : name;
}

void Flatten(ConfigSection& from, const std::string& group, const std::string& prefix,
             ConfigSection& into) {
  for (std::unique_ptr<Entry>& entry : from.TakeEntries()) {
    auto* section = dynamic_cast<ConfigSection*>(entry.get());
    const std::string path = prefix + entry->name();
    if (section == nullptr || entry->name() == "cost_attribution") {
      entry->Rename(FlatName(group, path, entry->name()));
      into.Add(std::move(entry));
    } else {
      Flatten(*section, group.empty() ? entry->name() : group, path + "_", into);
    }
  }
}

}  // namespace

void DeclareLimits(ConfigSection& section, Limits& limits) {
  DeclareIngestion(section.Group("ingestion", "overrides.IngestionOverrides", "Ingestion."),
                   limits.ingestion);
  DeclareRead(section.Group("read", "overrides.ReadOverrides", "Queries."), limits.read);
  DeclareSampling(section.Group("sampling", "overrides.SamplingOverrides", "Sampling."),
                  limits.sampling);
  DeclareCompactionLimits(
      section.Group("compaction", "overrides.CompactionOverrides", "Compaction."),
      limits.compaction);
  DeclareGeneratorLimits(
      section.Group(kGenerator, "overrides.MetricsGeneratorOverrides", "Metrics generator."),
      limits.metrics_generator);
  section.Key("forwarders", limits.forwarders, "Names of forwarders.").OmitZero();
  ConfigSection& global =
      section.Group("global", "overrides.GlobalOverrides", "Ingestion and compaction.");
  global.Key("max_bytes_per_trace", limits.max_bytes_per_trace,
             "Size of a trace; 0 means no limit.");
  DeclareCostAttribution(section.Group("cost_attribution", "overrides.CostAttributionOverrides",
                                       "Bytes per attribute."),
                         limits.cost_attribution);
  ConfigSection& storage = section.Group("storage", "overrides.StorageOverrides", "Blocks.");
  storage
      .Groups("parquet_dedicated_columns", "backend.DedicatedColumn",
              limits.parquet_dedicated_columns, "Attributes with columns of their own.",
              DeclareDedicatedColumn)
      .Later()
      .OmitZero();
  storage.OmitZero();
}

std::unique_ptr<ConfigSection> FlattenLimits(Limits& limits) {
  ConfigSection nested("", "", "");
  DeclareLimits(nested, limits);
  auto flat = std::make_unique<ConfigSection>("defaults", "overrides.LegacyOverrides",
                                              "Limits in the old form.");
  Flatten(nested, "", "", *flat);
  return flat;
}

}  // namespace vivace
