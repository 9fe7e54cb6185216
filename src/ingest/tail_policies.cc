#include "ingest/tail_policies.h"

#include <fmt/format.h>

#include <algorithm>

namespace vivace {

Result<std::unique_ptr<TailPolicies>> TailPolicies::Make(const TailSamplingConfig& config) {
  auto policies = std::make_unique<TailPolicies>();
  for (const TailPolicyConfig& policy : config.policies) {
    const std::string name = policy.name.empty() ? policy.type : policy.name;
    auto made = MakeTailPolicy(policy);
    if (!made) return std::unexpected(std::move(made).error().At(fmt::format("sampling.tail.policies \"{}\"", name)));
    policies->names_.push_back(name);
    policies->policies_.push_back(*std::move(made));
  }
  return policies;
}

std::pair<TailPolicies::Judged, Status> TailPolicies::Judge(const TailTraces& traces) {
  Judged judged;
  Status status;
  std::vector<bool> vetoed(traces.ids.size());
  judged.kept.resize(traces.ids.size());
  for (const auto& policy : policies_) {
    auto& verdicts = judged.verdicts.emplace_back(traces.ids.size(), TailVerdict::kNotSampled);
    if (Status prepared = policy->Prepare(traces); !prepared) {
      status = std::move(prepared);
      continue;
    }
    for (size_t trace = 0; trace < traces.ids.size(); ++trace) {
      verdicts[trace] = policy->Judge(traces, trace);
      if (verdicts[trace] == TailVerdict::kSampled) judged.kept[trace] = true;
      if (verdicts[trace] == TailVerdict::kVeto) vetoed[trace] = true;
    }
  }
  for (size_t trace = 0; trace < vetoed.size(); ++trace) {
    if (vetoed[trace]) judged.kept[trace] = false;
  }
  return {std::move(judged), std::move(status)};
}

}  // namespace vivace
