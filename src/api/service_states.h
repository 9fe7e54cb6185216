// The states of the services that make up this process, as /ready and /status/services report them.
// Interfaces that main implements; called from any thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace vivace {

struct ServiceState {
  std::string name;     // "ingester"
  std::string state;    // "New", "Starting", "Running", "Stopping", "Terminated", "Failed"
  std::string failure;  // why it failed
};

using ServiceStates = std::function<std::vector<ServiceState>()>;

}  // namespace vivace
