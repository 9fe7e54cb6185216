#include "base/delay_queue.h"

#include "base/thread_name.h"

namespace vivace {

void DelayQueue::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void DelayQueue::CallAt(Clock::time_point due, std::function<void()> call) {
  std::unique_lock lock(mutex_);
  if (stopping_) {
    lock.unlock();
    return call();
  }
  waiting_.emplace(due, std::move(call));
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
  wake_.notify_all();
}

void DelayQueue::Run() {
  NameThread("delay");
  std::unique_lock lock(mutex_);
  while (!stopping_ || !waiting_.empty()) {
    if (waiting_.empty()) {
      wake_.wait(lock);
    } else if (const auto due = waiting_.begin()->first; !stopping_ && due > Clock::now()) {
      wake_.wait_until(lock, due);
    } else {
      const std::function<void()> call = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      lock.unlock();
      call();
      lock.lock();
    }
  }
}

}  // namespace vivace
