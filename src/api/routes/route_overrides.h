// GET /status/overrides and /status/overrides/{tenant}: who has limits of their own, what they are, and what they have kept out. As text,
// and for clients that accept it as Tempo's JSON (spec/api.md 1.1).
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "api/router.h"

namespace vivace {

struct OverridesPages {
  // A tenant that has limits of its own, or sent something of late.
  struct Tenant {
    std::string name;
    bool has_runtime_limits = false;  // in the operator's file
    bool has_user_limits = false;     // set by itself
    size_t live_traces = 0;
    std::vector<uint64_t> refused_spans;  // by reason
  };
  // The limits of one tenant, as YAML.
  struct TenantLimits {
    std::string merged;
    std::string runtime;
    std::string user;    // empty: none
    std::string source;  // of the runtime limits: the tenant, "*" or "default overrides"
  };
  std::vector<std::string> reasons;
  std::function<std::vector<Tenant>()> tenants;
  std::function<TenantLimits(const std::string& tenant)> limits;
};

void AddOverridesRoutes(OverridesPages pages, Router& router);

}  // namespace vivace
