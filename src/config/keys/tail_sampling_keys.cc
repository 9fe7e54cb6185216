// The keys of a tenant's tail sampling.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareString(ConfigSection& section, TailStringConfig& config) {
  section.Key("key", config.key, "Attribute.").OmitZero();
  section.Key("values", config.values, "Texts, or regular expressions.").OmitZero();
  section
      .Key("enabled_regex_matching", config.enabled_regex_matching, "They are regular expressions.")
      .OmitZero();
  section.Key("invert_match", config.invert_match, "Traces with them are dropped, others kept.")
      .OmitZero();
  section.Unused("cache_max_size", 0, "Results that are remembered.").OmitZero();
}

void DeclareNumber(ConfigSection& section, TailNumberConfig& config) {
  section.Key("key", config.key, "Attribute.").OmitZero();
  section.Key("min_value", config.min_value, "Minimum.").Signed().OmitZero();
  section.Key("max_value", config.max_value, "Maximum.").Signed().OmitZero();
  section.Key("invert_match", config.invert_match, "Traces with it are dropped, others kept.")
      .OmitZero();
}

void DeclareBoolean(ConfigSection& section, TailBooleanConfig& config) {
  section.Key("key", config.key, "Attribute.").OmitZero();
  section.Key("value", config.value, "Its value.").OmitZero();
  section.Key("invert_match", config.invert_match, "Traces with it are dropped, others kept.")
      .OmitZero();
}

void DeclareSimplePolicy(ConfigSection& section, TailPolicyConfig& policy) {
  section.Key("name", policy.name, "Name in metrics.").OmitZero();
  section.Key("type", policy.type, "Kind of policy.").OmitZero();
  ConfigSection& latency =
      section.Group("latency", "tailsampling.LatencyCfg", "Traces that took long.");
  latency.Key("threshold_ms", policy.threshold_ms, "At least so many milliseconds.").OmitZero();
  latency.Key("upper_threshold_ms", policy.upper_threshold_ms, "At most so many; 0 means no limit.")
      .OmitZero();
  section.Group("status_code", "tailsampling.StatusCodeCfg", "Spans with a status.")
      .Key("status_codes", policy.status_codes, "OK, ERROR or UNSET.")
      .OmitZero();
  DeclareString(section.Group("string_attribute", "tailsampling.StringAttributeCfg",
                              "Spans or resources with one of these texts."),
                policy.string_attribute);
  DeclareNumber(section.Group("numeric_attribute", "tailsampling.NumericAttributeCfg",
                              "Spans or resources with a number in a range."),
                policy.numeric_attribute);
  DeclareBoolean(section.Group("boolean_attribute", "tailsampling.BooleanAttributeCfg",
                               "Spans or resources with this boolean."),
                 policy.boolean_attribute);
  ConfigSection& share =
      section.Group("probabilistic", "tailsampling.ProbabilisticCfg", "A share of all traces.");
  share.Key("sampling_percentage", policy.sampling_percentage, "Percentage of traces.").OmitZero();
  share.Key("hash_salt", policy.hash_salt, "Servers with different salts choose different traces.")
      .OmitZero();
  section.Group("rate_limiting", "tailsampling.RateLimitingCfg", "A rate limit.")
      .Key("spans_per_second", policy.spans_per_second, "Spans.")
      .OmitZero();
  ConfigSection& count =
      section.Group("span_count", "tailsampling.SpanCountCfg", "Traces by their size.");
  count.Key("min_spans", policy.min_spans, "Minimum.").OmitZero();
  count.Key("max_spans", policy.max_spans, "Maximum; 0 means no limit.").OmitZero();
  section.Group("traceql", "tailsampling.TraceQLCfg", "Traces that a query finds.")
      .Key("query", policy.query, "The query.")
      .OmitZero();
  for (const auto& entry : section.entries()) entry->OmitZero();
}

void DeclareList(ConfigSection& section, const char* name, std::vector<TailPolicyConfig>& policies,
                 const char* doc) {
  const std::string list = std::string(name) + "_sub_policy";
  section.Group(name, "tailsampling.SubPolicies", doc)
      .Groups(list, "tailsampling.SubPolicyCfg", policies, "Policies that are combined.",
              DeclareSimplePolicy)
      .OmitZero();
}

void DeclarePolicy(ConfigSection& section, TailPolicyConfig& policy) {
  DeclareSimplePolicy(section, policy);
  DeclareList(section, "and", policy.all_of, "All of them.");
  DeclareList(section, "or", policy.any_of, "Any of them.");
  DeclareList(section, "not", policy.none_of, "None of them.");
  DeclareList(section, "drop", policy.drop,
              "If all of them match, the trace is dropped, whatever the other policies decide.");
  for (const auto& entry : section.entries()) entry->OmitZero();
}

}  // namespace

void DeclareTailSampling(ConfigSection& section, TailSamplingConfig& config) {
  section
      .Key("decision_wait", config.decision_wait,
           "A trace is decided when no span has arrived for this long; 0 means 30s.")
      .OmitZero();
  section
      .Key("num_traces", config.num_traces,
           "Traces that may be undecided; beyond that the oldest are decided early. 0 means 50000.")
      .OmitZero();
  section
      .Groups("policies", "tailsampling.PolicyCfg", config.policies,
              "A trace is kept when any of them samples it; without policies all are kept.",
              DeclarePolicy)
      .OmitZero();
  section.OmitZero();
}

}  // namespace vivace
