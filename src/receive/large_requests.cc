#include "receive/large_requests.h"

#include <exception>
#include <utility>

#include "base/log.h"
#include "base/thread_name.h"

namespace vivace {

LargeRequests::LargeRequests(size_t threads) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Serve(); });
}

LargeRequests::~LargeRequests() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  waiting_.clear();
}

void LargeRequests::Run(const std::string& tenant, Work work) {
  {
    const std::lock_guard lock(mutex_);
    std::deque<Work>& queue = waiting_[tenant];
    if (queue.empty()) turns_.push_back(tenant);
    queue.push_back(std::move(work));
  }
  wake_.notify_one();
}

LargeRequests::Work LargeRequests::TakeNext() {
  const auto tenant = waiting_.find(turns_.front());
  turns_.pop_front();
  Work work = std::move(tenant->second.front());
  tenant->second.pop_front();
  if (tenant->second.empty()) {
    waiting_.erase(tenant);
  } else {
    turns_.push_back(tenant->first);
  }
  return work;
}

void LargeRequests::Serve() {
  NameThread("decode");
  for (;;) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !turns_.empty(); });
      if (stopping_) return;
      work = TakeNext();
    }
    try {
      work();
    } catch (const std::exception& e) {
      // A bug in a receiver: exceptions cross no layer. Its request is answered as one that was
      // dropped.
      LogError("request handler threw an exception", {{"err", e.what()}});
    }
  }
}

}  // namespace vivace
