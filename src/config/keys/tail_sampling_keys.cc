// The keys of a tenant's tail sampling.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareString(ConfigBlock& block, TailStringConfig& config) {
  block.Key("key", config.key, "Attribute.").OmitZero();
  block.Key("values", config.values, "Texts, or regular expressions.").OmitZero();
  block
      .Key("enabled_regex_matching", config.enabled_regex_matching, "They are regular expressions.")
      .OmitZero();
  block.Key("invert_match", config.invert_match, "Traces with them are dropped, others kept.")
      .OmitZero();
  block.Unused("cache_max_size", 0, "Results that are remembered.").OmitZero();
}

void DeclareNumber(ConfigBlock& block, TailNumberConfig& config) {
  block.Key("key", config.key, "Attribute.").OmitZero();
  block.Key("min_value", config.min_value, "Minimum.").OmitZero();
  block.Key("max_value", config.max_value, "Maximum.").OmitZero();
  block.Key("invert_match", config.invert_match, "Traces with it are dropped, others kept.")
      .OmitZero();
}

void DeclareBoolean(ConfigBlock& block, TailBooleanConfig& config) {
  block.Key("key", config.key, "Attribute.").OmitZero();
  block.Key("value", config.value, "Its value.").OmitZero();
  block.Key("invert_match", config.invert_match, "Traces with it are dropped, others kept.")
      .OmitZero();
}

void DeclareSimplePolicy(ConfigBlock& block, TailPolicyConfig& policy) {
  block.Key("name", policy.name, "Name in metrics.").OmitZero();
  block.Key("type", policy.type, "Kind of policy.").OmitZero();
  ConfigBlock& latency =
      block.Group("latency", "tailsampling.LatencyCfg", "Traces that took long.");
  latency.Key("threshold_ms", policy.threshold_ms, "At least so many milliseconds.").OmitZero();
  latency.Key("upper_threshold_ms", policy.upper_threshold_ms, "At most so many; 0 means no limit.")
      .OmitZero();
  block.Group("status_code", "tailsampling.StatusCodeCfg", "Spans with a status.")
      .Key("status_codes", policy.status_codes, "OK, ERROR or UNSET.")
      .OmitZero();
  DeclareString(block.Group("string_attribute", "tailsampling.StringAttributeCfg",
                            "Spans or resources with one of these texts."),
                policy.string_attribute);
  DeclareNumber(block.Group("numeric_attribute", "tailsampling.NumericAttributeCfg",
                            "Spans or resources with a number in a range."),
                policy.numeric_attribute);
  DeclareBoolean(block.Group("boolean_attribute", "tailsampling.BooleanAttributeCfg",
                             "Spans or resources with this boolean."),
                 policy.boolean_attribute);
  ConfigBlock& share =
      block.Group("probabilistic", "tailsampling.ProbabilisticCfg", "A share of all traces.");
  share.Key("sampling_percentage", policy.sampling_percentage, "Percentage of traces.").OmitZero();
  share.Key("hash_salt", policy.hash_salt, "Servers with different salts choose different traces.")
      .OmitZero();
  block.Group("rate_limiting", "tailsampling.RateLimitingCfg", "A rate limit.")
      .Key("spans_per_second", policy.spans_per_second, "Spans.")
      .OmitZero();
  ConfigBlock& count =
      block.Group("span_count", "tailsampling.SpanCountCfg", "Traces by their size.");
  count.Key("min_spans", policy.min_spans, "Minimum.").OmitZero();
  count.Key("max_spans", policy.max_spans, "Maximum; 0 means no limit.").OmitZero();
  block.Group("traceql", "tailsampling.TraceQLCfg", "Traces that a query finds.")
      .Key("query", policy.query, "The query.")
      .OmitZero();
  for (const auto& entry : block.entries()) entry->OmitZero();
}

void DeclareList(ConfigBlock& block, const char* name, std::vector<TailPolicyConfig>& policies,
                 const char* doc) {
  const std::string list = std::string(name) + "_sub_policy";
  block.Group(name, "tailsampling.SubPolicies", doc)
      .Groups(list, "tailsampling.SubPolicyCfg", policies, "Policies that are combined.",
              DeclareSimplePolicy)
      .OmitZero();
}

void DeclarePolicy(ConfigBlock& block, TailPolicyConfig& policy) {
  DeclareSimplePolicy(block, policy);
  DeclareList(block, "and", policy.all_of, "All of them.");
  DeclareList(block, "or", policy.any_of, "Any of them.");
  DeclareList(block, "not", policy.none_of, "None of them.");
  DeclareList(block, "drop", policy.drop,
              "If all of them match, the trace is dropped, whatever the other policies decide.");
  for (const auto& entry : block.entries()) entry->OmitZero();
}

}  // namespace

void DeclareTailSampling(ConfigBlock& block, TailSamplingConfig& config) {
  block
      .Key("decision_wait", config.decision_wait,
           "A trace is decided when no span has arrived for this long; 0 means 30s.")
      .OmitZero();
  block
      .Key("num_traces", config.num_traces,
           "Traces that may be undecided; beyond that the oldest are decided early. 0 means 50000.")
      .OmitZero();
  block
      .Groups("policies", "tailsampling.PolicyCfg", config.policies,
              "A trace is kept when any of them samples it; without policies all are kept.",
              DeclarePolicy)
      .OmitZero();
  block.OmitZero();
}

}  // namespace vivace
