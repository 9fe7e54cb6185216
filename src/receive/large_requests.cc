#include "receive/large_requests.h"

#include <exception>
#include <limits>
#include <utility>

#include "base/log.h"

namespace vivace {

LargeRequests::LargeRequests(size_t threads)
    : threads_("decode", threads, std::numeric_limits<size_t>::max()) {}

void LargeRequests::Run(const std::string& tenant, Work work) {
  {
    const std::lock_guard lock(mutex_);
    std::deque<Work>& queue = waiting_[tenant];
    if (queue.empty()) turns_.push_back(tenant);
    queue.push_back(std::move(work));
  }
  threads_.Post([this] { RunNext(); });
}

LargeRequests::Work LargeRequests::TakeNext() {
  const std::lock_guard lock(mutex_);
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

void LargeRequests::RunNext() {
  Work work = TakeNext();
  try {
    work();
  } catch (const std::exception& e) {
    // A bug in a receiver: exceptions cross no layer. Its request is answered as one that was
    // dropped.
    LogError("request handler threw an exception", {{"err", e.what()}});
  }
}

}  // namespace vivace
