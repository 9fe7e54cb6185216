// ThreadsForTest: threads that help queries (ordered_tasks.h), as many as a test wants.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "query/ordered_tasks.h"

namespace vivace::testing {

class ThreadsForTest final : public TaskHelpers {
 public:
  explicit ThreadsForTest(size_t count) {
    for (size_t i = 0; i < count; ++i) threads_.emplace_back([this] { Run(); });
  }
  ~ThreadsForTest() override {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  size_t count() const override { return threads_.size(); }
  void Ask(std::function<void()> help) override {
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(std::move(help));
    }
    wake_.notify_one();
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return is_stopping_ || !asked_.empty(); });
      if (is_stopping_) return;
      std::function<void()> help = std::move(asked_.front());
      asked_.pop_front();
      lock.unlock();
      help();
      help = nullptr;
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> asked_;  // guarded by mutex_
  bool is_stopping_ = false;                 // guarded by mutex_
  std::vector<std::thread> threads_;
};

// How a query may use threads: alone, with one other, with six, and tasks in another order.
inline std::vector<OrderedTasksOptions> TaskOptionsForTest() {
  std::vector<OrderedTasksOptions> options(1);
  for (const size_t helpers : {1, 6})
    options.push_back({.helpers = std::make_shared<ThreadsForTest>(helpers)});
  for (const uint64_t seed : {1, 2}) {
    options.push_back({.window = 5, .shuffle_seed = seed});
    options.push_back(
        {.helpers = std::make_shared<ThreadsForTest>(6), .window = 20, .shuffle_seed = seed});
  }
  return options;
}

}  // namespace vivace::testing
