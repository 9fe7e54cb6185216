// Whether the values of a UserLimits document make sense, with Tempo's words for what does not.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/go_format.h"
#include "config/yaml/duration.h"
#include "user_limits/user_limits.h"

namespace vivace {
namespace {

using Json = nlohmann::json;
using Strings = std::vector<std::string>;

constexpr std::array<std::string_view, 7> kProcessors = {
    "service-graphs",       "span-metrics",      "local-blocks", "span-metrics-count",
    "span-metrics-latency", "span-metrics-size", "host-info"};
constexpr std::array<std::string_view, 5> kIntrinsics = {"service", "span_name", "span_kind",
                                                         "status_code", "status_message"};

Status BadLimits(std::string what) { return Fail(ErrorCode::kInvalidArgument, std::move(what)); }

bool IsName(std::string_view text, bool with_colon) {
  const auto may_start = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (with_colon && c == ':');
  };
  return !text.empty() && may_start(text[0]) &&
         std::ranges::all_of(text, [&](char c) { return may_start(c) || (c >= '0' && c <= '9'); });
}

// The label that a dimension becomes.
std::string LabelOf(std::string_view dimension) {
  std::string label(dimension);
  for (char& c : label) {
    if (!IsName(std::string_view(&c, 1), false) && !(c >= '0' && c <= '9')) c = '_';
  }
  return label;
}

Status CheckDuration(const Json& generator, const char* field, Duration low, Duration high) {
  if (!generator.contains(field)) return {};
  const std::string text = generator[field];
  const Duration value = ParseConfigDuration(text).value_or(Duration(-1));
  if (value >= low && value <= high) return {};
  const auto brief = [](Duration duration) {
    std::string words = FormatGoDuration(duration);  // 5m0s, 12h0m0s
    for (const std::string_view tail : {"m0s", "h0m"}) {
      if (words.ends_with(tail)) words.resize(words.size() - 2);
    }
    return words;
  };
  return BadLimits(
      fmt::format("metrics_generator.{} \"{}\" is outside acceptable range of {} to {}", field,
                  text, brief(low), brief(high)));
}

Status CheckBuckets(const Json& processor, const char* name) {
  const auto buckets = processor.value("histogram_buckets", std::vector<double>{});
  for (size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i] > buckets[i - 1]) continue;
    return BadLimits(
        fmt::format("metrics_generator.processor.{}.histogram_buckets must be strictly increasing: "
                    "bucket[{}]={} is <= bucket[{}]={}",
                    name, i, buckets[i], i - 1, buckets[i - 1]));
  }
  return {};
}

Status CheckDimensions(const Json& span_metrics) {
  std::vector<std::pair<std::string, std::string>> taken;  // label, what has it
  for (const std::string_view intrinsic : kIntrinsics)
    taken.emplace_back(intrinsic, fmt::format("intrinsic dimension \"{}\"", intrinsic));
  for (const std::string& dimension : span_metrics.value("dimensions", Strings{})) {
    const std::string label = LabelOf(dimension);
    const auto other = std::ranges::find(taken, label, &std::pair<std::string, std::string>::first);
    if (other != taken.end())
      return BadLimits(fmt::format("dimension \"{}\" produces label \"{}\" which collides with {}",
                                   dimension, label, other->second));
    taken.emplace_back(label, fmt::format("dimension \"{}\"", dimension));
  }
  const Json intrinsics = span_metrics.value("intrinsic_dimensions", Json::object());
  for (const auto& [name, on] : intrinsics.items()) {
    if (std::ranges::find(kIntrinsics, std::string_view(name)) == kIntrinsics.end())
      return BadLimits(
          fmt::format("intrinsic dimension \"{}\" is not supported, valid values: [{}]", name,
                      fmt::join(kIntrinsics, " ")));
  }
  for (const Json& mapping : span_metrics.value("dimension_mappings", Json::array())) {
    if (mapping.value("name", "").empty())
      return BadLimits("dimension_mappings: name cannot be empty");
  }
  return {};
}

Status CheckPolicyMatch(const Json& policy, const char* side) {
  if (!policy.contains(side)) return {};
  const std::string type = policy[side].value("match_type", "");
  if (type != "strict" && type != "regex")
    return BadLimits(fmt::format("invalid {} policy: invalid match type: {}", side, type));
  if (policy[side].value("attributes", Json::array()).empty())
    return BadLimits(fmt::format("invalid {} policy: no attributes", side));
  return {};
}

Status CheckPolicies(const Json& span_metrics) {
  for (const Json& policy : span_metrics.value("filter_policies", Json::array())) {
    if (policy.empty())
      return BadLimits("invalid filter policy; policies must have at least an include or exclude");
    for (const char* side : {"include", "include_any", "exclude"})
      VIVACE_TRY(CheckPolicyMatch(policy, side));
  }
  return {};
}

Status CheckGenerator(const Json& generator) {
  for (const std::string& name : generator.value("processors", Strings{})) {
    if (std::ranges::find(kProcessors, name) == kProcessors.end())
      return BadLimits(fmt::format(
          "metrics_generator.processor \"{}\" is not a known processor, valid values: [{}]", name,
          fmt::join(kProcessors, " ")));
  }
  VIVACE_TRY(CheckDuration(generator, "collection_interval", std::chrono::seconds(15),
                           std::chrono::minutes(5)));
  VIVACE_TRY(
      CheckDuration(generator, "ingestion_time_range_slack", Duration{}, std::chrono::hours(12)));
  const std::string histograms = generator.value("generate_native_histograms", "classic");
  if (histograms != "classic" && histograms != "native" && histograms != "both")
    return BadLimits(
        fmt::format("metrics_generator.generate_native_histograms \"{}\" is not a valid value, "
                    "valid values: classic, native, both",
                    histograms));
  const std::string label = generator.value("trace_id_label_name", "traceID");
  if (!IsName(label, false))
    return BadLimits(
        fmt::format("trace_id_label_name \"{}\" is not a valid Prometheus label name", label));
  if (generator.value("native_histogram_bucket_factor", 2.0) <= 1)
    return BadLimits("metrics_generator.native_histogram_bucket_factor must be greater than 1");
  return {};
}

Status CheckProcessor(const Json& processor) {
  VIVACE_TRY(CheckBuckets(processor["service_graphs"], "service_graphs"));
  VIVACE_TRY(CheckBuckets(processor["span_metrics"], "span_metrics"));
  VIVACE_TRY(CheckDimensions(processor["span_metrics"]));
  VIVACE_TRY(CheckPolicies(processor["span_metrics"]));
  if (!IsName(processor["host_info"].value("metric_name", "x"), true))
    return BadLimits("metric_name is invalid");
  return {};
}

}  // namespace

Status CheckUserLimits(std::string_view json, const std::set<std::string>& known_forwarders) {
  const Json limits = Json::parse(json);
  for (const std::string& name : limits.value("forwarders", Strings{})) {
    if (!known_forwarders.contains(name))
      return BadLimits(fmt::format(
          "forwarder \"{}\" is not a known forwarder, contact your system administrator", name));
  }
  VIVACE_TRY(CheckGenerator(limits["metrics_generator"]));
  return CheckProcessor(limits["metrics_generator"]["processor"]);
}

}  // namespace vivace
