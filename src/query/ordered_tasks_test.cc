// What a query's tasks promise: taken in order whatever order they end in, never more than the
// window at once, alone where memory is short.
#include "query/ordered_tasks.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "query/helpers_for_test.h"

namespace vivace {
namespace {

using testing::TaskOptionsForTest;
using testing::ThreadsForTest;

// Helpers that come when the test calls them.
class LateHelpers final : public TaskHelpers {
 public:
  size_t count() const override { return 3; }
  void Ask(std::function<void()> help) override { asked.push_back(std::move(help)); }
  std::vector<std::function<void()>> asked;
};

// Runs tasks that note who they are.
class OrderedTasksTest : public ::testing::Test {
 protected:
  Status Run(size_t count, const OrderedTasksOptions& options) {
    results_.assign(count, 0);
    taken_.clear();
    const auto discard = [this](size_t task) {
      results_[task] = 0;
      ++discarded_;
    };
    return RunOrdered(count, options,
                      {[this](size_t task) { return RunTask(task); }, discard,
                       [this](size_t task, const Status& status) { return Take(task, status); }});
  }

  Status RunTask(size_t task) {
    const size_t at_once = ++running_;
    size_t most = most_at_once_;
    while (at_once > most && !most_at_once_.compare_exchange_weak(most, at_once)) {
    }
    // The first ones end last.
    if (task % 7 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    results_[task] = task + 1;
    ++runs_;
    const Status status = in_task_ ? in_task_(task, at_once) : Status();
    --running_;
    return status;
  }
  Result<bool> Take(size_t task, const Status& status) {
    VIVACE_TRY(status);
    EXPECT_EQ(results_[task], task + 1);
    taken_.push_back(task);
    return task != last_;
  }

  static std::vector<size_t> UpTo(size_t end) {
    std::vector<size_t> tasks;
    for (size_t task = 0; task < end; ++task) tasks.push_back(task);
    return tasks;
  }

  std::function<Status(size_t task, size_t at_once)> in_task_;
  size_t last_ = SIZE_MAX;
  std::vector<size_t> results_, taken_;
  std::atomic<size_t> running_ = 0, most_at_once_ = 0, runs_ = 0;
  size_t discarded_ = 0;
};

TEST_F(OrderedTasksTest, AreTakenInOrder) {
  for (const OrderedTasksOptions& options : TaskOptionsForTest()) {
    for (const size_t count : {0, 1, 2, 100}) {
      ASSERT_TRUE(Run(count, options).has_value());
      EXPECT_EQ(taken_, UpTo(count));
    }
  }
}

TEST_F(OrderedTasksTest, ThoseThatBeginSlowlyToo) {
  for (OrderedTasksOptions options : TaskOptionsForTest()) {
    options.begins_slowly = true;
    ASSERT_TRUE(Run(50, options).has_value());
    EXPECT_EQ(taken_, UpTo(50));
  }
}

TEST_F(OrderedTasksTest, SeveralRunAtOnceAndNoMoreThanTheWindow) {
  in_task_ = [&](size_t, size_t) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (most_at_once_ < 3 && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    return Status();
  };
  const auto helpers = std::make_shared<ThreadsForTest>(6);
  ASSERT_TRUE(Run(60, {.helpers = helpers, .window = 3}).has_value());
  EXPECT_EQ(most_at_once_, 3u);
  most_at_once_ = 0;
  in_task_ = nullptr;
  ASSERT_TRUE(Run(60, {.helpers = helpers, .window_max = 1}).has_value());
  EXPECT_EQ(most_at_once_, 1u);
}

TEST_F(OrderedTasksTest, AreEndedByTheOneWhoTakes) {
  last_ = 9;
  for (const OrderedTasksOptions& options : TaskOptionsForTest()) {
    runs_ = discarded_ = 0;
    ASSERT_TRUE(Run(1000, options).has_value());
    EXPECT_EQ(taken_, UpTo(10));
    EXPECT_EQ(discarded_, runs_ - 10);
    EXPECT_EQ(running_, 0u);
  }
}

TEST_F(OrderedTasksTest, EndWithTheFirstErrorInOrder) {
  in_task_ = [](size_t task, size_t) -> Status {
    if (task == 12 || task == 13) return Fail(ErrorCode::kDataLoss, std::to_string(task));
    return {};
  };
  for (const OrderedTasksOptions& options : TaskOptionsForTest()) {
    const Status status = Run(100, options);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().message, "12");
    EXPECT_EQ(taken_, UpTo(12));
  }
}

TEST_F(OrderedTasksTest, OneRunsAfterTheOtherWhereMemoryIsShort) {
  in_task_ = [](size_t task, size_t at_once) -> Status {
    if (task >= 20 && at_once > 1) return Fail(ErrorCode::kResourceExhausted, "no memory");
    return {};
  };
  for (const OrderedTasksOptions& options : TaskOptionsForTest()) {
    ASSERT_TRUE(Run(60, options).has_value());
    EXPECT_EQ(taken_, UpTo(60));
  }
}

TEST_F(OrderedTasksTest, ATaskThatNeedsTooMuchAloneFails) {
  in_task_ = [](size_t task, size_t) -> Status {
    if (task == 5) return Fail(ErrorCode::kResourceExhausted, "no memory");
    return {};
  };
  for (const OrderedTasksOptions& options : TaskOptionsForTest()) {
    const Status status = Run(30, options);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::kResourceExhausted);
    EXPECT_EQ(taken_, UpTo(5));
  }
}

TEST_F(OrderedTasksTest, NobodyWaitsForHelpersThatDoNotCome) {
  const auto helpers = std::make_shared<LateHelpers>();
  ASSERT_TRUE(Run(30, {.helpers = helpers}).has_value());
  EXPECT_EQ(taken_, UpTo(30));
  EXPECT_EQ(helpers->asked.size(), 3u);
  runs_ = 0;
  for (const auto& help : helpers->asked) help();
  EXPECT_EQ(runs_, 0u) << "all is done when they come";
}

}  // namespace
}  // namespace vivace
