// /flush and /shutdown: what an operator may tell the ingester over HTTP, with any method (spec/api.md 1.1).
#pragma once

#include <functional>
#include <string>

#include "api/router.h"

namespace vivace {

struct AdminActions {
  // Cuts everything of `tenant` (empty: of all tenants) into blocks and calls `done` when they are there. NOT_FOUND: unknown tenant.
  std::function<void(std::string tenant, std::function<void(Status)> done)> flush;
  // Starts an orderly stop and returns at once.
  std::function<void()> shutdown;
};

void AddAdminRoutes(AdminActions actions, Router& router);

}  // namespace vivace
