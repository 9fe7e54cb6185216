#include "user_limits/user_limits_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "object/faulty_store.h"
#include "object/memory_store.h"

namespace vivace {
namespace {

class UserLimitsStoreTest : public testing::Test {
 protected:
  MemoryStore memory_;
  FaultyStore store_{memory_};
  Metrics metrics_;
  std::unique_ptr<UserLimitsStore> limits_ = UserLimitsStore::Start(
      store_, std::chrono::hours(1), [](auto) {}, metrics_);
};

constexpr const char* kDocument = R"({"forwarders":["a"]})";

TEST_F(UserLimitsStoreTest, CreatesOnlyWhereThereIsNone) {
  const auto created = limits_->Put("t", kDocument, UserLimitsStore::kNoDocument);
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_EQ(limits_->Put("t", "{}", UserLimitsStore::kNoDocument).error().code,
            ErrorCode::kFailedPrecondition);
  EXPECT_EQ(limits_->Put("t", "{}", "another").error().code, ErrorCode::kFailedPrecondition);
  EXPECT_TRUE(limits_->Put("t", "{}", *created));
  EXPECT_TRUE(limits_->Put("t", kDocument, "0"));
  EXPECT_TRUE(limits_->Delete("t", "0"));
  EXPECT_TRUE(limits_->Put("t", kDocument, UserLimitsStore::kNoDocument));
}

TEST_F(UserLimitsStoreTest, OfManyWhoCreateOneSucceeds) {
  std::atomic<int> created = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      if (limits_->Put("t", kDocument, UserLimitsStore::kNoDocument)) ++created;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
}

TEST_F(UserLimitsStoreTest, ReportsWhatItCannotRead) {
  ASSERT_TRUE(limits_->Put("t", kDocument, UserLimitsStore::kNoDocument));
  store_.plan().FailAll(FaultyStore::Kind::kRead, {ErrorCode::kUnavailable, "disk"});
  for (const char* version : {UserLimitsStore::kNoDocument, "another"})
    EXPECT_EQ(limits_->Put("t", "{}", version).error().code, ErrorCode::kUnavailable);
  store_.plan().ClearFaults();
  EXPECT_EQ(memory_.Read("overrides/t/overrides.json").value(), kDocument);
}

}  // namespace
}  // namespace vivace
