#include "object/durable_directories.h"

#include <gtest/gtest.h>

#include "base/faulty_file_system.h"
#include "base/memory_file_system.h"

namespace vivace {
namespace {

using Kind = FaultyFileSystem::Kind;

class DurableDirectoriesTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(MakeDirectories(memory_, "/root")); }
  bool IsThere(const std::string& path) { return memory_.Info(path).has_value(); }

  MemoryFileSystem memory_;
  FaultyFileSystem files_{memory_};
  DurableDirectories directories_{files_, "/root"};
};

TEST_F(DurableDirectoriesTest, SurviveAPowerCut) {
  ASSERT_TRUE(directories_.Make("/root/tenant/block"));
  memory_.Crash();
  EXPECT_TRUE(IsThere("/root/tenant/block"));
}

// Made by somebody who did not get to sync it.
TEST_F(DurableDirectoriesTest, AreSyncedWhoeverMadeThem) {
  ASSERT_TRUE(memory_.MakeDirectory("/root/tenant"));
  ASSERT_TRUE(memory_.MakeDirectory("/root/tenant/block"));
  ASSERT_TRUE(directories_.Make("/root/tenant/block"));
  memory_.Crash();
  EXPECT_TRUE(IsThere("/root/tenant/block"));
}

TEST_F(DurableDirectoriesTest, CostNothingOnceTheyAreKnown) {
  ASSERT_TRUE(directories_.Make("/root/tenant/block"));
  const uint64_t before = files_.plan().operations();
  ASSERT_TRUE(directories_.Make("/root/tenant/block"));
  EXPECT_EQ(files_.plan().operations(), before);
  ASSERT_TRUE(directories_.Make("/root/tenant/other"));
  EXPECT_EQ(files_.plan().operations(), before + 2);  // made, and the tenant's synced
}

TEST_F(DurableDirectoriesTest, OnesThatWereRemovedAreMadeAgain) {
  ASSERT_TRUE(directories_.Make("/root/tenant/block"));
  ASSERT_TRUE(RemoveAll(memory_, "/root/tenant"));
  ASSERT_TRUE(directories_.Make("/root/tenant/other"));
  EXPECT_TRUE(IsThere("/root/tenant/other"));
  ASSERT_TRUE(RemoveAll(memory_, "/root/tenant"));
  directories_.Forget("/root/tenant");
  ASSERT_TRUE(directories_.Make("/root/tenant/other"));
  EXPECT_TRUE(IsThere("/root/tenant/other"));
}

TEST_F(DurableDirectoriesTest, AFailedSyncIsNoDirectory) {
  files_.plan().FailAll(Kind::kDirectory, {ErrorCode::kInternal, "I/O error"}, "/root");
  EXPECT_FALSE(directories_.Make("/root/tenant"));
  files_.plan().ClearFaults();
  EXPECT_TRUE(directories_.Make("/root/tenant"));
  memory_.Crash();
  EXPECT_TRUE(IsThere("/root/tenant"));
}

}  // namespace
}  // namespace vivace
