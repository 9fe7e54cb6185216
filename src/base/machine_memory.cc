#include "base/machine_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>

namespace vivace {
namespace {

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

// The number in a file of a control group; "max", and a file that is not there, are no limit.
uint64_t LimitIn(const std::string& path) {
  std::ifstream file(path);
  uint64_t limit = 0;
  return file >> limit ? limit : kNoLimit;
}

// The tightest limit from the group at `path` up to the root of its hierarchy.
uint64_t TightestLimit(const std::string& hierarchy, std::string path, const std::string& name) {
  uint64_t tightest = LimitIn(hierarchy + "/" + name);
  for (; path.size() > 1; path.erase(path.rfind('/')))
    tightest = std::min(tightest, LimitIn(hierarchy + path + "/" + name));
  return tightest;
}

uint64_t ControlGroupLimit(const std::string& root) {
  std::ifstream groups(root + "/proc/self/cgroup");
  uint64_t limit = kNoLimit;
  for (std::string line; std::getline(groups, line);) {  // number:controllers:path
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty())
      limit = std::min(limit, TightestLimit(root + "/sys/fs/cgroup", path, "memory.max"));
    if (("," + controllers + ",").contains(",memory,"))
      limit = std::min(
          limit, TightestLimit(root + "/sys/fs/cgroup/memory", path, "memory.limit_in_bytes"));
  }
  return limit;
}

}  // namespace

uint64_t MachineMemoryBytes(const std::string& root) {
  const uint64_t physical = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                            static_cast<uint64_t>(sysconf(_SC_PAGE_SIZE));
  return std::min(physical, ControlGroupLimit(root));
}

}  // namespace vivace
