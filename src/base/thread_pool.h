// ThreadPool: runs jobs on a fixed number of threads, with a bounded queue: where passwords are
// checked and large requests decoded, so that the listeners' threads never block. Post from any
// thread. The destructor waits for the jobs that run; what is queued is dropped, for a stop shall
// not wait for a crowd.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vivace {

class ThreadPool {
 public:
  // `nice`: as of LowerPriority.
  ThreadPool(const char* name, size_t threads, size_t queue_max, int nice = 0);
  ~ThreadPool();

  // False where `queue_max` jobs wait already: the job is not taken.
  bool Post(std::function<void()> job);

 private:
  void Run();

  const char* const name_;  // of its threads
  const size_t queue_max_;
  const int nice_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;  // guarded by mutex_
  bool stopping_ = false;                    // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace vivace
