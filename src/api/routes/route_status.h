// GET /status and its pages: version, services, endpoints, config; /api/echo and /api/status/buildinfo (spec/api.md 1.1).
#pragma once

#include <functional>
#include <string>

#include "api/router.h"
#include "api/service_states.h"

namespace vivace {

struct BuildInfo {
  std::string version;
  std::string revision;
  std::string branch;
  std::string build_user;
  std::string build_date;
};

// The YAML of a configuration page for `mode` ("", "diff" or "defaults"). INVALID_ARGUMENT for another mode.
using ConfigText = std::function<Result<std::string>(const std::string& mode)>;

struct StatusPages {
  BuildInfo build;
  ServiceStates services;
  ConfigText config;
  ConfigText runtime_config;  // unset: this process has no overrides
  std::string target = "all";
};

// `router` is also what /status/endpoints lists, so it must outlive its own requests.
void AddStatusRoutes(StatusPages pages, Router& router);

}  // namespace vivace
