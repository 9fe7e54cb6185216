#include "object/slow_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "object/memory_store.h"

namespace vivace {
namespace {

using std::chrono::milliseconds;
using Kind = SlowStore::Kind;

constexpr milliseconds kLatency{50};
constexpr std::chrono::seconds kDeadline{60};

// A clock that stands still until the test moves it; who sleeps waits for that.
class StandingClock {
 public:
  SlowStore::Time Now() const {
    const std::lock_guard lock(mutex_);
    return now_;
  }

  void SleepUntil(SlowStore::Time until) {
    std::unique_lock lock(mutex_);
    wake_times_.push_back(until);
    changed_.notify_all();
    changed_.wait(lock, [&] { return now_ >= until; });
  }

  void Advance(std::chrono::nanoseconds by) {
    const std::lock_guard lock(mutex_);
    now_ += by;
    changed_.notify_all();
  }

  // Until when the first `count` sleep, counted from the beginning, in order; fewer where they do
  // not come in time.
  std::vector<milliseconds> WaitForSleepers(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kDeadline, [&] { return wake_times_.size() == count; });
    std::vector<milliseconds> times;
    for (const SlowStore::Time time : wake_times_)
      times.push_back(std::chrono::duration_cast<milliseconds>(time.time_since_epoch()));
    std::ranges::sort(times);
    return times;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  SlowStore::Time now_{};
  std::vector<SlowStore::Time> wake_times_;
};

// One thread: who sleeps moves the clock.
class SlowStoreTest : public testing::Test {
 protected:
  SlowStoreTest() { memory_.Write("t/b/data", "0123456789").value(); }

  SlowStore::Options OptionsOf(size_t requests_max) {
    return {.latency = kLatency,
            .requests_max = requests_max,
            .now = [this] { return now_; },
            .sleep_until = [this](SlowStore::Time until) { now_ = std::max(now_, until); }};
  }

  // How long an operation takes.
  template <typename Operation>
  milliseconds Took(const Operation& operation) {
    const SlowStore::Time begin = now_;
    operation();
    return std::chrono::duration_cast<milliseconds>(now_ - begin);
  }

  static std::vector<ByteRange> Ranges(size_t count) {
    return std::vector<ByteRange>(count, ByteRange{2, 3});
  }

  MemoryStore memory_;
  SlowStore::Time now_{};
  SlowStore store_{memory_, OptionsOf(16)};
};

TEST_F(SlowStoreTest, DoesWhatTheOtherStoreDoes) {
  ASSERT_TRUE(store_.Write("t/b/x", "abc").has_value());
  EXPECT_EQ(memory_.Read("t/b/x").value(), "abc");
  EXPECT_EQ(store_.Read("t/b/data").value(), "0123456789");
  EXPECT_EQ(store_.ReadRange("t/b/data", 3, 4).value(), "3456");
  EXPECT_EQ(store_.ReadRanges("t/b/data", std::vector<ByteRange>{{8, 2}, {0, 3}}).value(),
            (std::vector<std::string>{"89", "012"}));
  EXPECT_EQ(store_.Size("t/b/data").value(), 10u);
  EXPECT_EQ(store_.ReadEnd("t/b/data", ObjectEnd::kFront, 3).value().bytes, "012");
  EXPECT_EQ(store_.ReadEnd("t/b/data", ObjectEnd::kBack, 3).value().bytes, "789");
  EXPECT_EQ(store_.ReadEnd("t/b/data", ObjectEnd::kBack, 99).value().bytes, "0123456789");
  EXPECT_EQ(store_.ReadEnd("t/b/data", ObjectEnd::kBack, 3).value().object_size, 10u);
  EXPECT_TRUE(store_.is_remote());
  EXPECT_FALSE(memory_.is_remote());
  EXPECT_EQ(store_.List("t/b").value(), (std::vector<std::string>{"data", "x"}));
  ASSERT_TRUE(store_.Rename("t/b/x", "t/b/y").has_value());
  ASSERT_TRUE(store_.Delete("t/b/y").has_value());
  auto writer = store_.Create("t/c/z").value();
  ASSERT_TRUE(writer->Append("12").has_value());
  ASSERT_TRUE(writer->Append("345").has_value());
  EXPECT_EQ(memory_.Size("t/c/z").error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(writer->Close().has_value());
  EXPECT_EQ(memory_.Read("t/c/z").value(), "12345");
  ASSERT_TRUE(store_.DeleteAll("t/c").has_value());
  EXPECT_EQ(store_.Read("t/c/z").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_.ReadRange("t/b/data", 8, 3).error().code, ErrorCode::kOutOfRange);
}

TEST_F(SlowStoreTest, EachRequestTakesTheLatencyAlsoWhereItFails) {
  EXPECT_EQ(Took([&] { store_.Read("t/b/data").value(); }), kLatency);
  EXPECT_EQ(Took([&] { store_.ReadRange("t/b/data", 0, 1).value(); }), kLatency);
  EXPECT_EQ(Took([&] { store_.Size("t/b/data").value(); }), kLatency);
  EXPECT_EQ(Took([&] { store_.ReadEnd("t/b/data", ObjectEnd::kBack, 2).value(); }), kLatency);
  EXPECT_EQ(Took([&] { store_.List("t").value(); }), kLatency);
  EXPECT_EQ(Took([&] { (void)store_.Read("t/b/none"); }), kLatency);
  EXPECT_EQ(Took([&] { (void)store_.Write("t/b/x", "1"); }), kLatency);
  EXPECT_EQ(Took([&] { (void)store_.Rename("t/b/x", "t/b/y"); }), kLatency);
  EXPECT_EQ(Took([&] { (void)store_.Delete("t/b/y"); }), kLatency);
  EXPECT_EQ(Took([&] { (void)store_.DeleteAll("t/none"); }), kLatency);
  auto writer = store_.Create("t/b/z").value();
  EXPECT_EQ(Took([&] { (void)writer->Append("1"); }), milliseconds(0));
  EXPECT_EQ(Took([&] { (void)writer->Close(); }), kLatency);
}

TEST_F(SlowStoreTest, RangesAreRequestsAtOnceAsFarAsThereAreTurns) {
  const auto took = [&](size_t ranges) {
    return Took([&] { store_.ReadRanges("t/b/data", Ranges(ranges)).value(); });
  };
  EXPECT_EQ(took(0), milliseconds(0));
  EXPECT_EQ(took(1), kLatency);
  EXPECT_EQ(store_.most_under_way(), 1u);
  EXPECT_EQ(took(16), kLatency);
  EXPECT_EQ(took(17), 2 * kLatency);
  EXPECT_EQ(took(40), 3 * kLatency);
  EXPECT_EQ(store_.most_under_way(), 16u);
}

TEST_F(SlowStoreTest, CountsRequestsAndBytesByKindAndKey) {
  memory_.Write("t/c/data", "abc").value();
  store_.Read("t/b/data").value();
  store_.ReadRange("t/c/data", 0, 2).value();
  store_.ReadRanges("t/c/data", std::vector<ByteRange>{{0, 1}, {1, 2}}).value();
  (void)store_.Read("t/c/none");
  store_.Size("t/b/data").value();
  store_.Write("t/b/x", "1234").value();
  store_.List("t").value();
  const auto count = [&](Kind kind, std::string_view part = "") {
    const SlowStore::Count count = store_.CountOf(kind, part);
    return std::pair(count.requests, count.bytes);
  };
  using Pair = std::pair<uint64_t, uint64_t>;
  EXPECT_EQ(count(Kind::kRead), Pair(5, 15));
  EXPECT_EQ(count(Kind::kRead, "/b/"), Pair(1, 10));
  EXPECT_EQ(count(Kind::kRead, "t/c/data"), Pair(3, 5));
  EXPECT_EQ(count(Kind::kSize), Pair(1, 0));
  EXPECT_EQ(count(Kind::kWrite), Pair(1, 4));
  EXPECT_EQ(count(Kind::kList), Pair(1, 0));
  EXPECT_EQ(count(Kind::kDelete), Pair(0, 0));
  store_.Reset();
  EXPECT_EQ(count(Kind::kRead), Pair(0, 0));
  EXPECT_EQ(store_.most_under_way(), 0u);
}

TEST(SlowStore, ThreadsWaitForTheirTurn) {
  constexpr size_t kThreads = 8;
  constexpr size_t kTurns = 3;
  MemoryStore memory;
  memory.Write("a", "1").value();
  StandingClock clock;
  SlowStore store(memory, {.latency = kLatency,
                           .requests_max = kTurns,
                           .now = [&] { return clock.Now(); },
                           .sleep_until = [&](SlowStore::Time until) { clock.SleepUntil(until); }});
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < kThreads; ++i) threads.emplace_back([&] { store.Read("a").value(); });
  const std::vector<milliseconds> times = clock.WaitForSleepers(kThreads);
  clock.Advance(kDeadline);
  const milliseconds one = kLatency, two = 2 * kLatency, three = 3 * kLatency;
  EXPECT_EQ(times, (std::vector{one, one, one, two, two, two, three, three}));
  EXPECT_EQ(store.most_under_way(), kTurns);
}

TEST(SlowStore, WaitsByTheRealClock) {
  MemoryStore memory;
  memory.Write("a", "1").value();
  SlowStore store(memory, {.latency = milliseconds(20), .requests_max = 2});
  const auto begin = std::chrono::steady_clock::now();
  store.ReadRanges("a", std::vector<ByteRange>(5, ByteRange{0, 1})).value();
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(60));
}

}  // namespace
}  // namespace vivace
