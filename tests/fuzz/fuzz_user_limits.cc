// Documents of /api/overrides and patches of them: any text must be refused with a message, or be
// normal, checkable and readable as limits.
#include "config/tenant_overrides.h"
#include "fuzz_target.h"
#include "user_limits/user_limits.h"

namespace vivace::fuzz {
namespace {

void CheckNormal(const std::string& json) {
  const Result<std::string> again = NormalizeUserLimits(json);
  Require(again.has_value() && *again == json, "what is normal stays as it is");
  const Status checked = CheckUserLimits(json, {"known"});
  Require(checked.has_value() || !checked.error().message.empty(), "an error has a message");
  if (!checked.has_value()) return;
  Result<YamlNode> node = ParseYaml(json);
  Require(node.has_value(), "a document can be read as YAML");
  TenantOverrides overrides;
  (void)ApplyUserLimits({{"tenant", *std::move(node)}}, nullptr, overrides);
}

}  // namespace

std::vector<std::string> Seeds() {
  return {
      R"({"forwarders":["known"],"cost_attribution":{"dimensions":{"a":"b"}}})",
      R"({"metrics_generator":{"processors":["span-metrics"],"collection_interval":"30s","native_histogram_bucket_factor":1.5,)"
      R"("processor":{"service_graphs":{"histogram_buckets":[0.1,2]},"span_metrics":{"dimensions":["x"],)"
      R"("intrinsic_dimensions":{"service":true},"filter_policies":[{"include":{"match_type":"strict","attributes":[{"key":"k","value":1}]}}],)"
      R"("dimension_mappings":[{"name":"n","source_labels":["a"],"join":"/"}]},"host_info":{"metric_name":"m"}}}})",
      R"({"forwarders":null,"metrics_generator":{"disable_collection":true,"ingestion_time_range_slack":60000000000}})"};
}

}  // namespace vivace::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vivace;
  static const std::string stored = *NormalizeUserLimits(fuzz::Seeds()[1]);
  const std::string_view text = fuzz::AsText(data, size);
  for (const Result<std::string>& result :
       {NormalizeUserLimits(text), PatchUserLimits(stored, text)}) {
    fuzz::Require(result.has_value() || !result.error().message.empty(), "an error has a message");
    if (result.has_value()) fuzz::CheckNormal(*result);
  }
  return 0;
}
