#include "base/machine_memory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/uuid.h"

namespace vivace {
namespace {

namespace fs = std::filesystem;

class MachineMemoryTest : public ::testing::Test {
 protected:
  void TearDown() override { fs::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) const {
    const fs::path file = root_.string() + path;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  const fs::path root_ =
      fs::temp_directory_path() / ("machine-memory-test-" + Uuid::Random().ToString());
};

TEST_F(MachineMemoryTest, IsTheMachinesWithoutALimit) {
  const uint64_t all = MachineMemoryBytes(root_.string());
  EXPECT_GT(all, uint64_t{64} << 20);
  Write("/proc/self/cgroup", "0::/system.slice/vivace.service\n");
  Write("/sys/fs/cgroup/system.slice/memory.max", "max\n");
  EXPECT_EQ(MachineMemoryBytes(root_.string()), all);
}

TEST_F(MachineMemoryTest, IsTheTightestLimitOfTheGroupAndThoseAbove) {
  Write("/proc/self/cgroup", "0::/kubepods/pod1/container\n");
  Write("/sys/fs/cgroup/kubepods/pod1/memory.max", "50000000\n");
  Write("/sys/fs/cgroup/kubepods/pod1/container/memory.max", "60000000\n");
  EXPECT_EQ(MachineMemoryBytes(root_.string()), 50'000'000u);
}

// A container sees its own group as the root.
TEST_F(MachineMemoryTest, IsTheLimitOfAContainer) {
  Write("/proc/self/cgroup", "0::/\n");
  Write("/sys/fs/cgroup/memory.max", "40000000\n");
  EXPECT_EQ(MachineMemoryBytes(root_.string()), 40'000'000u);
}

TEST_F(MachineMemoryTest, KnowsTheOlderHierarchies) {
  Write("/proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/x\n");
  Write("/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "30000000\n");
  EXPECT_EQ(MachineMemoryBytes(root_.string()), 30'000'000u);
}

}  // namespace
}  // namespace vivace
