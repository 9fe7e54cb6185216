// /api/overrides: a tenant reads and changes its own limits (spec/api.md 1.7). Runs on threads that may wait for the store.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "api/router.h"
#include "config/sections/limits.h"
#include "overrides/user_limits_store.h"

namespace vivace {

struct UserOverridesApi {
  UserLimitsStore& store;
  std::set<std::string> forwarders;  // that may be named
  // The tenant's limits with what it has set itself, and without.
  std::function<Limits(const std::string& tenant)> merged;
  std::function<Limits(const std::string& tenant)> runtime;
  bool checks_conflicts = false;  // a tenant for which the operator has set such limits may not begin to set its own
};

void AddUserOverridesRoutes(UserOverridesApi api, Router& router);

}  // namespace vivace
