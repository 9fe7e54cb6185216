#include "query/ordered_tasks.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace vivace {
namespace {

size_t WindowOf(const OrderedTasksOptions& options, size_t helpers) {
  const size_t usual = helpers == 0 ? 1 : 2 * (helpers + 1);
  return std::min(options.window != 0 ? options.window : usual, options.window_max);
}

// The tasks of one query, shared with helpers that may come when it is over.
class TaskWindow : public std::enable_shared_from_this<TaskWindow> {
 public:
  TaskWindow(size_t tasks, const OrderedTasksOptions& options,
             const OrderedTasksCallbacks& callbacks)
      : helpers_(options.helpers),
        helpers_max_(helpers_ == nullptr ? 0 : helpers_->count()),
        window_max_(WindowOf(options, helpers_max_)),
        callbacks_(callbacks),
        random_(options.shuffle_seed),
        is_shuffled_(options.shuffle_seed != 0),
        window_(options.begins_slowly ? 1 : window_max_),
        tasks_(tasks) {}

  Status Run() {
    std::unique_lock lock(mutex_);
    const Status status = RunAll(lock);
    is_over_ = true;
    changed_.wait(lock, [&] { return running_ == 0; });
    for (size_t task = taken_; task < tasks_.size(); ++task) DiscardIfDone(task);
    return status;
  }

 private:
  enum class Phase : uint8_t { kWaiting, kRunning, kDone };
  struct Task {
    Phase phase = Phase::kWaiting;
    Status status;
  };
  using Lock = std::unique_lock<std::mutex>;

  Status RunAll(Lock& lock) {
    while (taken_ < tasks_.size()) {
      if (tasks_[taken_].phase == Phase::kDone) {
        VIVACE_ASSIGN(const bool goes_on, TakeNext(lock));
        if (!goes_on) return {};
      } else if (const std::optional<size_t> task = Choose()) {
        AskForHelp(lock);
        RunOne(*task, lock);
      } else {
        changed_.wait(lock);
      }
    }
    return {};
  }

  // A task that may begin, if any; it is the caller's to run.
  std::optional<size_t> Choose() {
    const size_t end = std::min(tasks_.size(), taken_ + window_);
    size_t chosen = end;
    for (size_t task = taken_, seen = 0; task < end; ++task) {
      if (tasks_[task].phase != Phase::kWaiting) continue;
      if (!is_shuffled_) {
        chosen = task;
        break;
      }
      if (random_() % ++seen == 0) chosen = task;
    }
    if (chosen == end) return std::nullopt;
    tasks_[chosen].phase = Phase::kRunning;
    ++running_;
    return chosen;
  }

  void RunOne(size_t task, Lock& lock) {
    lock.unlock();
    Status status = callbacks_.run(task);
    lock.lock();
    tasks_[task] = {Phase::kDone, std::move(status)};
    --running_;
    changed_.notify_all();
  }

  Result<bool> TakeNext(Lock& lock) {
    Status status = std::move(tasks_[taken_].status);
    const bool lacks_memory = !status && status.error().code == ErrorCode::kResourceExhausted;
    if (lacks_memory && window_max_ > 1) {
      StartOver(lock);
      return true;
    }
    const size_t task = taken_;
    lock.unlock();
    Result<bool> goes_on = callbacks_.take(task, std::move(status));
    lock.lock();
    ++taken_;
    window_ = std::min(2 * window_, window_max_);
    return goes_on;
  }

  // One after the other from here on.
  void StartOver(Lock& lock) {
    window_max_ = window_ = 1;
    changed_.wait(lock, [&] { return running_ == 0; });
    for (size_t task = taken_; task < tasks_.size(); ++task) {
      DiscardIfDone(task);
      tasks_[task] = {};
    }
  }

  void DiscardIfDone(size_t task) const {
    if (tasks_[task].phase == Phase::kDone) callbacks_.discard(task);
  }

  size_t CountWaiting() const {
    const size_t end = std::min(tasks_.size(), taken_ + window_);
    return static_cast<size_t>(std::ranges::count(tasks_.begin() + static_cast<ptrdiff_t>(taken_),
                                                  tasks_.begin() + static_cast<ptrdiff_t>(end),
                                                  Phase::kWaiting, &Task::phase));
  }

  void AskForHelp(Lock& lock) {
    const size_t wanted = std::min(helpers_max_, CountWaiting());
    if (asked_ + helping_ >= wanted) return;
    const size_t missing = wanted - helping_ - asked_;
    asked_ += missing;
    lock.unlock();
    for (size_t i = 0; i < missing; ++i)
      helpers_->Ask([shared = shared_from_this()] { shared->Help(); });
    lock.lock();
  }

  // On a helper's thread: one task, so that others who wait for helpers get their turn.
  void Help() {
    Lock lock(mutex_);
    --asked_;
    if (is_over_) return;
    const std::optional<size_t> task = Choose();
    if (!task.has_value()) return;
    ++helping_;
    RunOne(*task, lock);
    --helping_;
    if (!is_over_) AskForHelp(lock);
  }

  const std::shared_ptr<TaskHelpers> helpers_;
  const size_t helpers_max_;
  size_t window_max_;
  const OrderedTasksCallbacks& callbacks_;  // of the caller, who waits until no task runs
  std::mt19937_64 random_;
  const bool is_shuffled_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // All guarded by mutex_.
  size_t window_;
  std::vector<Task> tasks_;
  size_t taken_ = 0;
  size_t running_ = 0;
  size_t asked_ = 0;    // helpers that have not come yet
  size_t helping_ = 0;  // those that run a task
  bool is_over_ = false;
};

}  // namespace

Status RunOrdered(size_t tasks, const OrderedTasksOptions& options,
                  const OrderedTasksCallbacks& callbacks) {
  return std::make_shared<TaskWindow>(tasks, options, callbacks)->Run();
}

}  // namespace vivace
