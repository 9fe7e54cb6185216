// DelayQueue: calls functions at a later time, on one thread of its own, which it starts when it is
// first needed.
//
// Any thread may add. What is called must not take long: it holds up the others.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace vivace {

class DelayQueue {
 public:
  using Clock = std::chrono::steady_clock;

  ~DelayQueue() { Stop(); }

  // Calls what still waits at once, and from now on everything as it is added.
  void Stop();

  void CallAt(Clock::time_point due, std::function<void()> call);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::multimap<Clock::time_point, std::function<void()>> waiting_;  // guarded by mutex_
  bool stopping_ = false;                                            // guarded by mutex_
  std::thread thread_;                                               // started under mutex_
};

}  // namespace vivace
