// GET /status/overrides and /status/overrides/{tenant}: who has limits of their own, what they are, and what they have kept out.
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
    bool has_own_limits = false;
    size_t live_traces = 0;
    std::vector<uint64_t> refused_spans;  // by reason
  };
  std::vector<std::string> reasons;
  std::function<std::vector<Tenant>()> tenants;
  std::function<std::string(const std::string& tenant)> limits;  // as YAML
};

void AddOverridesRoutes(OverridesPages pages, Router& router);

}  // namespace vivace
