#include "config/runtime_overrides.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

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

// Ingest asks for limits all the time; what a tenant has set is checked meanwhile.
TEST_F(RuntimeOverridesTest, NobodyWaitsForAChangeThatIsBeingRead) {
  Write(LimitOf(5));
  std::promise<void> reading, go_on;
  std::future<void> may_go_on = go_on.get_future();
  const auto check = [&](const Limits& limits) -> Status {
    if (limits.forwarders.empty()) return {};
    reading.set_value();
    may_go_on.wait();
    return {};
  };
  const auto overrides = RuntimeOverrides::Start(loaded_, nullptr, check).value();
  std::thread changer([&] {
    overrides->SetUserLimits({{"a", ParseYaml("forwarders: [f]").value()}});
  });
  EXPECT_EQ(reading.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  std::future<int64_t> asked = std::async(
      std::launch::async, [&] { return overrides->For("a")->ingestion.rate_limit_bytes; });
  EXPECT_EQ(asked.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  go_on.set_value();
  changer.join();
  EXPECT_EQ(asked.get(), 5);
  EXPECT_EQ(overrides->For("a")->forwarders, std::vector<std::string>{"f"});
  EXPECT_TRUE(overrides->WithoutUserLimits()->For("a").forwarders.empty());
}

TEST_F(RuntimeOverridesTest, ChangesFromTwoSidesBothHold) {
  Write(LimitOf(5));
  const auto overrides = Start().value();
  std::atomic<bool> stop = false;
  std::thread reader([&] {
    while (!stop) (void)overrides->For("a");
  });
  std::thread tenants([&] {
    for (int i = 0; i < 200; ++i)
      overrides->SetUserLimits({{"a", ParseYaml(fmt::format("forwarders: [f{}]", i)).value()}});
  });
  for (int i = 0; i < 200; ++i) {
    Write(LimitOf(100 + i));
    EXPECT_TRUE(overrides->Reload());
  }
  tenants.join();
  stop = true;
  reader.join();
  EXPECT_EQ(overrides->For("a")->ingestion.rate_limit_bytes, 299);
  EXPECT_EQ(overrides->For("a")->forwarders, std::vector<std::string>{"f199"});
}

TEST_F(RuntimeOverridesTest, LimitsThatFailTheCheckAreLeftOut) {
  Write(LimitOf(5));
  const auto check = [](const Limits& limits) -> Status {
    if (limits.forwarders.empty()) return {};
    return Fail(ErrorCode::kInvalidArgument, "no forwarders here");
  };
  const auto overrides = RuntimeOverrides::Start(loaded_, nullptr, check).value();
  overrides->SetUserLimits({{"a", ParseYaml("forwarders: [f]").value()}});
  EXPECT_TRUE(overrides->For("a")->forwarders.empty());
  EXPECT_EQ(overrides->For("a")->ingestion.rate_limit_bytes, 5);
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
