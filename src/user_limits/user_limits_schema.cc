#include "user_limits/user_limits_schema.h"

namespace vivace {
namespace {

using Kind = UserLimitsField::Kind;

constexpr UserLimitsField kServiceGraphs[] = {
    {"dimensions", Kind::kStrings},
    {"enable_client_server_prefix", Kind::kBool},
    {"enable_messaging_system_latency_histogram", Kind::kBool},
    {"enable_virtual_node_label", Kind::kBool},
    {"peer_attributes", Kind::kStrings},
    {"histogram_buckets", Kind::kDoubles},
};

constexpr UserLimitsField kMapping[] = {
    {"name", Kind::kString}, {"source_labels", Kind::kStrings}, {"join", Kind::kString}};
constexpr UserLimitsField kPolicyAttribute[] = {{"key", Kind::kString}, {"value", Kind::kAny}};
constexpr UserLimitsField kPolicyMatch[] = {
    {"match_type", Kind::kString},
    {"attributes", Kind::kObjects, kPolicyAttribute, "Attributes", "config.MatchPolicyAttribute"}};
constexpr UserLimitsField kPolicy[] = {
    {"include", Kind::kObject, kPolicyMatch, "Include", "config.PolicyMatch"},
    {"include_any", Kind::kObject, kPolicyMatch, "IncludeAny", "config.PolicyMatch"},
    {"exclude", Kind::kObject, kPolicyMatch, "Exclude", "config.PolicyMatch"}};

constexpr UserLimitsField kSpanMetrics[] = {
    {"dimensions", Kind::kStrings},
    {"intrinsic_dimensions", Kind::kBoolMap},
    {"dimension_mappings", Kind::kObjects, kMapping, "DimensionMappings",
     "sharedconfig.DimensionMappings"},
    {"enable_target_info", Kind::kBool},
    {"filter_policies", Kind::kObjects, kPolicy, "FilterPolicies", "config.FilterPolicy"},
    {"histogram_buckets", Kind::kDoubles},
    {"target_info_excluded_dimensions", Kind::kStrings},
    {"enable_instance_label", Kind::kBool},
};

constexpr UserLimitsField kHostInfo[] = {{"host_identifiers", Kind::kStrings},
                                         {"metric_name", Kind::kString}};

constexpr UserLimitsField kProcessor[] = {
    {"service_graphs", Kind::kObject, kServiceGraphs, "ServiceGraphs",
     "client.LimitsMetricsGeneratorProcessorServiceGraphs", true},
    {"span_metrics", Kind::kObject, kSpanMetrics, "SpanMetrics",
     "client.LimitsMetricsGeneratorProcessorSpanMetrics", true},
    {"host_info", Kind::kObject, kHostInfo, "HostInfo",
     "client.LimitsMetricGeneratorProcessorHostInfo", true},
};

constexpr UserLimitsField kGenerator[] = {
    {"processors", Kind::kStrings},
    {"disable_collection", Kind::kBool},
    {"collection_interval", Kind::kDuration},
    {"trace_id_label_name", Kind::kString},
    {"ingestion_time_range_slack", Kind::kDuration},
    {"generate_native_histograms", Kind::kString},
    {"native_histogram_max_bucket_number", Kind::kUint},
    {"native_histogram_bucket_factor", Kind::kDouble},
    {"native_histogram_min_reset_duration", Kind::kDuration},
    {"processor", Kind::kObject, kProcessor, "Processor", "client.LimitsMetricsGeneratorProcessor",
     true},
};

constexpr UserLimitsField kCostAttribution[] = {{"dimensions", Kind::kStringMap}};

constexpr UserLimitsField kRoot[] = {
    {"forwarders", Kind::kStrings},
    {"cost_attribution", Kind::kObject, kCostAttribution, "CostAttribution",
     "client.CostAttribution", true},
    {"metrics_generator", Kind::kObject, kGenerator, "MetricsGenerator",
     "client.LimitsMetricsGenerator", true},
};

}  // namespace

const UserLimitsField kUserLimitsRoot = {"", Kind::kObject, kRoot, "", "client.Limits", true};

}  // namespace vivace
