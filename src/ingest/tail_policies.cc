#include "ingest/tail_policies.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error_context.h"

namespace vivace {

Result<std::unique_ptr<TailPolicies>> TailPolicies::Make(const TailSamplingConfig& config) {
  auto policies = std::make_unique<TailPolicies>();
  for (const TailPolicyConfig& policy : config.policies) {
    const std::string name = policy.name.empty() ? policy.type : policy.name;
    const bool is_twice =
        !policy.name.empty() &&
        std::ranges::find(policies->names_, policy.name) != policies->names_.end();
    if (is_twice)
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("sampling.tail.policies: \"{}\" occurs twice", policy.name));
    const std::string context = fmt::format("sampling.tail.policies \"{}\"", name);
    VIVACE_ASSIGN(auto made, WithContext(MakeTailPolicy(policy), context));
    policies->names_.push_back(name);
    policies->policies_.push_back(std::move(made));
  }
  return policies;
}

std::pair<TailPolicies::Decisions, Status> TailPolicies::Decide(const TailTraces& traces) {
  Decisions decided;
  Status status;
  std::vector<bool> vetoed(traces.ids.size());
  decided.kept.resize(traces.ids.size());
  for (const auto& policy : policies_) {
    auto& policy_decisions =
        decided.policy_decisions.emplace_back(traces.ids.size(), TailDecision::kNotSampled);
    if (Status prepared = policy->Prepare(traces); !prepared) {
      status = std::move(prepared);
      continue;
    }
    for (size_t trace = 0; trace < traces.ids.size(); ++trace) {
      policy_decisions[trace] = policy->Decide(traces, trace);
      if (policy_decisions[trace] == TailDecision::kSampled) decided.kept[trace] = true;
      if (policy_decisions[trace] == TailDecision::kVeto) vetoed[trace] = true;
    }
  }
  for (size_t trace = 0; trace < vetoed.size(); ++trace) {
    if (vetoed[trace]) decided.kept[trace] = false;
  }
  return {std::move(decided), std::move(status)};
}

}  // namespace vivace
