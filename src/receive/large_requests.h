// LargeRequests: decodes large requests on threads of its own.
//
// Undoing the encoding of a request of megabytes and decoding it takes tens of milliseconds, in
// which a thread of the server serves nobody else. Tenants take turns, so that one who sends many
// does not keep another's waiting. Run from any thread; what waits holds its body, which the
// server's memory for requests bounds. The destructor waits for those that run and drops others.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace vivace {

class LargeRequests {
 public:
  using Work = std::move_only_function<void()>;

  explicit LargeRequests(size_t threads);
  ~LargeRequests();

  void Run(const std::string& tenant, Work work);

 private:
  void Serve();
  Work TakeNext();  // with mutex_ held; there must be one

  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, std::deque<Work>> waiting_;  // guarded by mutex_: by tenant, none empty
  std::deque<std::string> turns_;                    // guarded by mutex_: the tenants that wait
  bool stopping_ = false;                            // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace vivace
