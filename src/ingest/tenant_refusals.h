// TenantRefusals: tenants of which nothing is taken for a while, because what they sent before
// could not be stored under their name.
//
// Guarded by its owner's lock; free while there are none. Holds at most the tenants whose
// segments were set aside lately.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <string>

#include "base/result.h"

namespace vivace {

class TenantRefusals {
 public:
  using Clock = std::chrono::steady_clock;

  void Add(const std::string& tenant, const std::string& reason, Clock::time_point until) {
    const auto now = Clock::now();
    std::erase_if(refusals_, [&](const auto& refusal) { return refusal.second.until <= now; });
    refusals_[tenant] = {until, reason};
  }

  // FAILED_PRECONDITION where the tenant is refused.
  Status Check(const std::string& tenant) const {
    if (refusals_.empty()) return {};
    const auto refusal = refusals_.find(tenant);
    if (refusal == refusals_.end() || refusal->second.until <= Clock::now()) return {};
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("blocks of tenant \"{}\" cannot be written: {}", tenant,
                            refusal->second.reason));
  }

 private:
  struct Refusal {
    Clock::time_point until;
    std::string reason;
  };
  std::map<std::string, Refusal> refusals_;
};

}  // namespace vivace
