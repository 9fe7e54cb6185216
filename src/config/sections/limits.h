// What one tenant may do: the defaults of the section `overrides`, and the same for each
// tenant of the per-tenant file.
//
// Member initialisers are the defaults; what each key means stands in limits_keys.cc. A zero limit
// is Tempo's: mostly "no limit", but rate_limit_bytes 0 refuses everything. Unset optional values
// leave the generator's own configuration in force. Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/sections/storage_config.h"
#include "config/sections/tail_sampling_config.h"
#include "config/yaml/yaml.h"

namespace vivace {

struct IngestionLimits {
  std::string rate_strategy = "local";
  int64_t rate_limit_bytes = 15000000;
  int64_t burst_size_bytes = 20000000;
  int64_t max_traces_per_user = 10000;
  int64_t max_global_traces_per_user = 0;
  int64_t tenant_shard_size = 0;
  int64_t max_attribute_bytes = 0;  // 0: distributor.max_attribute_bytes
  std::optional<Duration> artificial_delay;
  bool retry_info_enabled = true;
};

struct ReadLimits {
  int64_t max_bytes_per_tag_values_query = 1000000;
  int64_t max_blocks_per_tag_values_query = 0;
  PromDuration max_search_duration;
  PromDuration max_metrics_duration;
  bool unsafe_query_hints = false;
};

// Vivace alone.
struct SamplingLimits {
  std::optional<double> head_percentage;  // of traces, by their ids; unset: all
  TailSamplingConfig tail;
};

struct CompactionLimits {
  PromDuration block_retention;  // 0: compactor.compaction.block_retention
  PromDuration compaction_window;
  bool compaction_disabled = false;
};

struct ServiceGraphsLimits {
  std::vector<double> histogram_buckets;
  std::vector<std::string> dimensions;
  std::vector<std::string> peer_attributes;
  std::optional<bool> enable_client_server_prefix;
  std::optional<bool> enable_messaging_system_latency_histogram;
  std::optional<bool> enable_virtual_node_label;
};

struct DimensionMapping {
  std::string name;
  std::vector<std::string> source_labels;
  std::string join;
};

struct SpanMetricsLimits {
  std::vector<double> histogram_buckets;
  std::vector<std::string> dimensions;
  std::map<std::string, bool> intrinsic_dimensions;
  YamlNode filter_policies;
  std::vector<DimensionMapping> dimension_mappings;
  std::optional<bool> enable_target_info;
  std::vector<std::string> target_info_excluded_dimensions;
  std::optional<bool> enable_instance_label;
};

struct LocalBlocksLimits {
  uint64_t max_live_traces = 0;
  Duration max_block_duration{};
  uint64_t max_block_bytes = 0;
  Duration flush_check_period{};
  Duration trace_idle_period{};
  Duration complete_block_timeout{};
};

struct GeneratorLimits {
  int64_t ring_size = 0;
  // Unset when no layer names processors, which is not the same as an empty list.
  std::optional<std::vector<std::string>> processors;
  uint64_t max_active_series = 0;
  uint64_t max_active_entities = 0;
  Duration collection_interval{};
  bool disable_collection = false;
  std::string generate_native_histograms = "classic";
  std::string trace_id_label_name;
  std::map<std::string, Secret> remote_write_headers;
  Duration ingestion_time_range_slack{};
  double native_histogram_bucket_factor = 1.1;
  uint64_t native_histogram_max_bucket_number = 100;
  Duration native_histogram_min_reset_duration = std::chrono::minutes(15);
  int64_t forwarder_queue_size = 0;
  int64_t forwarder_workers = 0;
  ServiceGraphsLimits service_graphs;
  SpanMetricsLimits span_metrics;
  LocalBlocksLimits local_blocks;
  std::vector<std::string> host_identifiers;
  std::string host_info_metric_name;
};

struct CostAttributionLimits {
  uint64_t max_cardinality = 0;
  std::map<std::string, std::string> dimensions;
};

struct Limits {
  IngestionLimits ingestion;
  ReadLimits read;
  SamplingLimits sampling;
  CompactionLimits compaction;
  GeneratorLimits metrics_generator;
  std::vector<std::string> forwarders;
  int64_t max_bytes_per_trace = 5000000;
  CostAttributionLimits cost_attribution;
  std::vector<DedicatedColumnConfig> parquet_dedicated_columns;  // empty: the block configuration's
};

// Limits that tenants set themselves over /api/overrides.
struct UserOverridesConfig {
  bool enabled = false;
  Duration poll_interval = std::chrono::minutes(1);
  std::string backend;
  std::string local_path;
  bool check_for_conflicting_runtime_overrides = false;
};

struct OverridesConfig {
  Limits defaults;
  std::string per_tenant_override_config;
  PromDuration per_tenant_override_period{std::chrono::seconds(10)};
  // Vivace: a tenant's unset keys come from defaults. Tempo sets them to zero.
  bool inherit_defaults = true;
  UserOverridesConfig user_configurable;
};

}  // namespace vivace
