#include "query/query_scheduler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <semaphore>
#include <string>
#include <vector>

namespace vivace {
namespace {

constexpr auto kDeadline = std::chrono::seconds(60);

// Jobs that note that they have begun and then wait, the heavy ones, or end at once.
class QuerySchedulerTest : public testing::Test {
 protected:
  ~QuerySchedulerTest() override { Release(1000); }

  QueryJob Job(std::string tenant, QueryLane lane, std::function<void()> rest = nullptr) {
    return {.tenant = tenant,
            .lane = lane,
            .bytes = 100,
            .cancel_token = nullptr,
            .run =
                [this, tenant, rest = std::move(rest)] {
                  Note(began_, tenant);
                  if (rest) rest();
                },
            .drop = [this, tenant] { Note(dropped_, tenant); }};
  }
  QueryJob Scan(std::string tenant) { return Job(std::move(tenant), QueryLane::kScan); }
  QueryJob HeavyScan(std::string tenant) {
    return Job(std::move(tenant), QueryLane::kScan, [this] { heavy_.acquire(); });
  }
  void Release(int heavy_scans) { heavy_.release(heavy_scans); }

  void Note(std::vector<std::string>& notes, const std::string& tenant) {
    const std::lock_guard lock(mutex_);
    notes.push_back(tenant);
    wake_.notify_all();
  }
  // The first `count` tenants whose jobs began; fewer where they do not.
  std::vector<std::string> Began(size_t count) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, kDeadline, [&] { return began_.size() >= count; });
    return began_;
  }
  bool HasBegun(const std::string& tenant) {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, kDeadline,
                          [&] { return std::ranges::find(began_, tenant) != began_.end(); });
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::string> began_, dropped_;
  std::counting_semaphore<> heavy_{0};
};

TEST_F(QuerySchedulerTest, ALookupDoesNotWaitBehindScans) {
  QueryScheduler scheduler({.threads = 4});
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(scheduler.Post(HeavyScan("a")));
  ASSERT_TRUE(scheduler.Post(Job("a's lookup", QueryLane::kLookup)));
  EXPECT_TRUE(HasBegun("a's lookup"));
  Release(50);
}

TEST_F(QuerySchedulerTest, OneTenantsHeavyScansLeaveAThreadToOthers) {
  QueryScheduler scheduler({.threads = 4});
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(scheduler.Post(HeavyScan("heavy")));
  Began(2);
  for (int i = 0; i < 3; ++i) {
    const std::string light = "light" + std::to_string(i);
    ASSERT_TRUE(scheduler.Post(Scan(light)));
    EXPECT_TRUE(HasBegun(light));
  }
  EXPECT_EQ(std::ranges::count(Began(5), "heavy"), 2);
  Release(50);
}

// With one thread, whose order can be seen: turns by the work that was caused.
TEST_F(QuerySchedulerTest, TenantsTakeTurnsByTheirWork) {
  QueryScheduler scheduler({.threads = 1});
  ASSERT_TRUE(scheduler.Post(HeavyScan("first")));
  Began(1);
  constexpr uint64_t kWork = 100 << 20;
  const auto charging = [&](const std::string& tenant, uint64_t bytes) {
    return Job(tenant, QueryLane::kScan, [&, tenant, bytes] { scheduler.Charge(tenant, bytes); });
  };
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(scheduler.Post(charging("large", 4 * kWork)));
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(scheduler.Post(charging("small", kWork)));
  Release(1);
  const std::vector<std::string> began = Began(13);
  ASSERT_EQ(began.size(), 13u);
  // By the time that the small ones are done, the large one, which was first, has had its two
  // turns.
  const auto last_small = std::find(began.rbegin(), began.rend(), "small").base();
  EXPECT_LE(std::count(began.begin(), last_small, "large"), 2);
}

TEST_F(QuerySchedulerTest, APauseEarnsNoCredit) {
  QueryScheduler scheduler({.threads = 1});
  ASSERT_TRUE(scheduler.Post(Job("early", QueryLane::kScan)));
  Began(1);
  ASSERT_TRUE(scheduler.Post(
      Job("busy", QueryLane::kScan, [&] { scheduler.Charge("busy", uint64_t{1} << 40); })));
  Began(2);
  ASSERT_TRUE(scheduler.Post(HeavyScan("busy")));
  Began(3);
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(scheduler.Post(
        Job("early", QueryLane::kScan, [&] { scheduler.Charge("early", uint64_t{1} << 30); })));
    ASSERT_TRUE(scheduler.Post(
        Job("busy", QueryLane::kScan, [&] { scheduler.Charge("busy", uint64_t{1} << 30); })));
  }
  Release(1);
  const std::vector<std::string> began = Began(11);
  ASSERT_EQ(began.size(), 11u);
  const std::vector<std::string> next(began.begin() + 3, began.begin() + 7);
  EXPECT_EQ(std::ranges::count(next, "early"), 2) << "the others are not kept waiting for the past";
}

// Help comes after queries, also of others, and leaves a thread to those that run none.
TEST_F(QuerySchedulerTest, HelpComesAfterQueries) {
  QueryScheduler scheduler({.threads = 1});
  ASSERT_TRUE(scheduler.Post(HeavyScan("a")));
  Began(1);
  const auto helpers = scheduler.HelpersFor("a");
  helpers->Ask([this] { Note(began_, "help"); });
  ASSERT_TRUE(scheduler.Post(Scan("b")));
  ASSERT_TRUE(scheduler.Post(Job("c", QueryLane::kLookup)));
  EXPECT_EQ(scheduler.waiting("a"), 0u) << "help is no query that waits";
  Release(1);
  const std::vector<std::string> began = Began(4);
  ASSERT_EQ(began.size(), 4u);
  EXPECT_EQ(began[3], "help");
}

TEST_F(QuerySchedulerTest, HelpersLeaveAThreadToOthers) {
  QueryScheduler scheduler({.threads = 4});
  const auto helpers = scheduler.HelpersFor("heavy");
  for (int i = 0; i < 10; ++i) {
    helpers->Ask([this] {
      Note(began_, "help");
      heavy_.acquire();
    });
  }
  Began(2);
  ASSERT_TRUE(scheduler.Post(Scan("light")));
  EXPECT_TRUE(HasBegun("light"));
  EXPECT_EQ(std::ranges::count(Began(3), "help"), 2);
  Release(10);
}

TEST_F(QuerySchedulerTest, HelpersMayOutliveTheScheduler) {
  std::shared_ptr<TaskHelpers> helpers;
  {
    QueryScheduler scheduler({.threads = 2});
    helpers = scheduler.HelpersFor("a");
  }
  helpers->Ask([this] { Note(began_, "help"); });
  EXPECT_TRUE(began_.empty());
}

TEST_F(QuerySchedulerTest, NamingOtherTenantsEarnsNoPlaceOfItsOwn) {
  QueryScheduler scheduler({.threads = 1, .waiting_max_per_tenant = 3});
  ASSERT_TRUE(scheduler.Post(HeavyScan("a")));
  Began(1);
  EXPECT_TRUE(scheduler.Post(Scan("a|x")));
  EXPECT_TRUE(scheduler.Post(Scan("y|a")));
  EXPECT_TRUE(scheduler.Post(Scan("x|y|a|z")));
  EXPECT_FALSE(scheduler.Post(Scan("a|b"))) << "they all wait as a";
  EXPECT_EQ(scheduler.waiting("a"), 3u);
  EXPECT_TRUE(scheduler.Post(Scan("b")));
  scheduler.Charge("a|x", 1 << 30);
  Release(1);
  EXPECT_EQ(Began(2)[1], "b") << "and are charged to a";
}

TEST_F(QuerySchedulerTest, WhatWaitsIsBounded) {
  QueryScheduler scheduler(
      {.threads = 1, .waiting_max_per_tenant = 3, .waiting_max = 5, .waiting_bytes_max = 700});
  ASSERT_TRUE(scheduler.Post(HeavyScan("a")));
  Began(1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(scheduler.Post(Scan("a")));
  EXPECT_FALSE(scheduler.Post(Scan("a"))) << "of a tenant";
  EXPECT_TRUE(scheduler.Post(Scan("b")));
  QueryJob large = Scan("c");
  large.bytes = 301;
  EXPECT_FALSE(scheduler.Post(std::move(large))) << "in bytes";
  EXPECT_TRUE(scheduler.Post(Scan("c")));
  EXPECT_FALSE(scheduler.Post(Scan("d"))) << "altogether";
  Release(1);
  EXPECT_EQ(Began(6).size(), 6u);
  EXPECT_TRUE(scheduler.Post(Scan("d")));
  EXPECT_TRUE(HasBegun("d"));
}

TEST_F(QuerySchedulerTest, AClientThatLeavesTakesItsQueryAlong) {
  QueryScheduler scheduler({.threads = 1});
  ASSERT_TRUE(scheduler.Post(HeavyScan("a")));
  Began(1);
  const auto token = std::make_shared<CancelToken>();
  QueryJob job = Scan("left");
  job.cancel_token = token;
  ASSERT_TRUE(scheduler.Post(std::move(job)));
  EXPECT_EQ(scheduler.waiting("left"), 1u);
  token->Cancel();
  EXPECT_EQ(scheduler.waiting("left"), 0u) << "at once, although no thread is free";
  EXPECT_EQ(dropped_, std::vector<std::string>{"left"});
  Release(1);
}

TEST_F(QuerySchedulerTest, StopDropsWhatWaits) {
  QueryScheduler scheduler({.threads = 1});
  ASSERT_TRUE(scheduler.Post(HeavyScan("a")));
  Began(1);
  ASSERT_TRUE(scheduler.Post(Scan("b")));
  Release(1);
  scheduler.Stop();
  EXPECT_FALSE(scheduler.Post(Scan("c")));
  EXPECT_EQ(dropped_.size() + began_.size(), 2u);
}

}  // namespace
}  // namespace vivace
