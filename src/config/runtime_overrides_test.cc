#include "config/runtime_overrides.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace vivace {
namespace {

namespace fs = std::filesystem;

class RuntimeOverridesTest : public ::testing::Test {
 protected:
  RuntimeOverridesTest()
      : path_(fs::path(::testing::TempDir()) / fmt::format("vivace-overrides-{}.yaml", getpid())) {
    fs::remove(path_);
    loaded_.config.overrides.per_tenant_override_config = path_.string();
    loaded_.config.overrides.per_tenant_override_period.value = std::chrono::hours(1);
  }
  ~RuntimeOverridesTest() override { fs::remove(path_); }

  void Write(std::string_view text) { std::ofstream(path_) << text; }
  static std::string LimitOf(int64_t bytes) {
    return fmt::format("overrides:\n  a:\n    ingestion:\n      rate_limit_bytes: {}\n", bytes);
  }
  auto Start() {
    return RuntimeOverrides::Start(
        loaded_, [this](bool is_good, const std::string&) { readings_ += is_good ? '+' : '-'; });
  }

  const fs::path path_;
  LoadedConfig loaded_;
  std::string readings_;
};

TEST_F(RuntimeOverridesTest, FollowsTheFile) {
  Write(LimitOf(5));
  const auto overrides = Start().value();
  const auto before = overrides->For("a");
  EXPECT_EQ(before->ingestion.rate_limit_bytes, 5);
  EXPECT_EQ(overrides->For("b")->ingestion.rate_limit_bytes, 15'000'000);
  Write(LimitOf(6));
  EXPECT_TRUE(overrides->Reload());
  EXPECT_EQ(overrides->For("a")->ingestion.rate_limit_bytes, 6);
  EXPECT_EQ(before->ingestion.rate_limit_bytes, 5);
}

TEST_F(RuntimeOverridesTest, KeepsTheOldLimitsWhereTheFileIsBrokenOrGone) {
  Write(LimitOf(5));
  const auto overrides = Start().value();
  const auto snapshot = overrides->Current();
  Write("overrides:\n  a:\n    nonsense: 1\n");
  EXPECT_FALSE(overrides->Reload());
  EXPECT_EQ(overrides->Current(), snapshot);
  fs::remove(path_);
  EXPECT_EQ(overrides->Reload().error().code, ErrorCode::kNotFound);
  EXPECT_EQ(overrides->Current(), snapshot);
  Write(LimitOf(5));
  EXPECT_TRUE(overrides->Reload());
  EXPECT_EQ(overrides->Current(), snapshot) << "the same content changes nothing";
  EXPECT_EQ(readings_, "+--+");
}

TEST_F(RuntimeOverridesTest, WaitsForAFileThatIsNotThere) {
  const auto overrides = Start().value();
  EXPECT_EQ(overrides->For("a")->ingestion.rate_limit_bytes, 15'000'000);
  Write(LimitOf(5));
  EXPECT_TRUE(overrides->Reload());
  EXPECT_EQ(overrides->For("a")->ingestion.rate_limit_bytes, 5);
}

TEST_F(RuntimeOverridesTest, DoesNotStartWithABrokenFile) {
  Write("overrides: [");
  EXPECT_EQ(Start().error().code, ErrorCode::kInvalidArgument);
}

TEST_F(RuntimeOverridesTest, ReadsAgainOnItsOwn) {
  loaded_.config.overrides.per_tenant_override_period.value = std::chrono::milliseconds(10);
  Write(LimitOf(5));
  const auto overrides = RuntimeOverrides::Start(loaded_).value();
  Write(LimitOf(7));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (overrides->For("a")->ingestion.rate_limit_bytes != 7 &&
         std::chrono::steady_clock::now() < deadline)
    usleep(1000);
  EXPECT_EQ(overrides->For("a")->ingestion.rate_limit_bytes, 7);
}

}  // namespace
}  // namespace vivace
