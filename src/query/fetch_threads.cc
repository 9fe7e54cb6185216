#include "query/fetch_threads.h"

#include <utility>

#include "base/thread_name.h"

namespace vivace {

FetchThreads::FetchThreads(size_t count) : count_(count) {
  for (size_t i = 0; i < count; ++i) threads_.emplace_back([this] { Run(); });
}

void FetchThreads::Stop() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    dropped.swap(asked_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void FetchThreads::Ask(std::function<void()> help) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    asked_.push_back(std::move(help));
  }
  wake_.notify_one();
}

void FetchThreads::Run() {
  NameThread("fetch");
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

}  // namespace vivace
