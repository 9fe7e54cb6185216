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
    for (size_t i = 0; i < count; ++i) threads_.emplace_back([state = state_] { Run(*state); });
  }
  // The last one who lets go may be one of the threads.
  ~ThreadsForTest() override {
    {
      const std::lock_guard lock(state_->mutex);
      state_->is_stopping = true;
    }
    state_->wake.notify_all();
    for (std::thread& thread : threads_) {
      if (thread.get_id() == std::this_thread::get_id()) {
        thread.detach();
      } else {
        thread.join();
      }
    }
  }

  size_t count() const override { return threads_.size(); }
  void Ask(std::function<void()> help) override {
    {
      const std::lock_guard lock(state_->mutex);
      state_->asked.push_back(std::move(help));
    }
    state_->wake.notify_one();
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<std::function<void()>> asked;  // guarded by mutex
    bool is_stopping = false;                 // guarded by mutex
  };

  static void Run(State& state) {
    std::unique_lock lock(state.mutex);
    while (true) {
      state.wake.wait(lock, [&] { return state.is_stopping || !state.asked.empty(); });
      if (state.is_stopping) return;
      std::function<void()> help = std::move(state.asked.front());
      state.asked.pop_front();
      lock.unlock();
      help();
      help = nullptr;
      lock.lock();
    }
  }

  const std::shared_ptr<State> state_ = std::make_shared<State>();
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
