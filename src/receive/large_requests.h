// LargeRequests: decodes large requests on threads of its own.
//
// Undoing the encoding of a request of megabytes and decoding it takes tens of milliseconds, in
// which a thread of the server serves nobody else. Tenants take turns, so that one who sends many
// does not keep another's waiting. Run from any thread; what waits holds its body, which the
// server's memory for requests bounds. The destructor waits for those that run and drops others.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/thread_pool.h"

namespace vivace {

// A request of more bytes is large.
inline constexpr size_t kLargeRequestBytes = 512 << 10;

class LargeRequests {
 public:
  using Work = std::move_only_function<void()>;

  explicit LargeRequests(size_t threads);

  void Run(const std::string& tenant, Work work);

 private:
  void RunNext();
  Work TakeNext();

  std::mutex mutex_;
  std::map<std::string, std::deque<Work>> waiting_;  // guarded by mutex_: by tenant, none empty
  std::deque<std::string> turns_;                    // guarded by mutex_: the tenants that wait
  ThreadPool threads_;  // last: they use the rest; has a job for each request that waits
};

}  // namespace vivace
