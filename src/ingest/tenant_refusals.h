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
                fmt::format("blocks of tenant \"{}\" cannot be written: {}; its spans are refused "
                            "for the next {} s or until a restart",
                            tenant, refusal->second.reason, SecondsLeft(refusal->second)));
  }

 private:
  struct Refusal {
    Clock::time_point until;
    std::string reason;
  };
  static int64_t SecondsLeft(const Refusal& refusal) {
    return std::chrono::ceil<std::chrono::seconds>(refusal.until - Clock::now()).count();
  }

  std::map<std::string, Refusal> refusals_;
};

}  // namespace vivace
