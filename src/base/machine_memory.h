// The memory that this process may use: the machine's, or what its control group (a container's
// limit) leaves of it. Read once at start; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace vivace {

// In bytes. `root`: where /proc and /sys are found, for tests.
uint64_t MachineMemoryBytes(const std::string& root = "");

}  // namespace vivace
