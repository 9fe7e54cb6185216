// GET /ready: whether this process wants traffic (spec/api.md 1.1).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "api/router.h"
#include "api/service_states.h"

namespace vivace {

struct ReadyChecks {
  std::function<bool()> is_stopping;
  ServiceStates services;
  // What a part that runs still waits for, e.g. "Ingester not ready: ..."; nothing where all is well.
  std::function<std::optional<std::string>()> obstacle;
};

void AddReadyRoute(ReadyChecks checks, Router& router);

}  // namespace vivace
