// FetchThreads: threads that wait for a store over a network on behalf of queries, so that many
// requests are under way at once while the query's own threads compute.
//
// They decode little more than what says where things lie. One set for the process, shared by all
// queries in the order of asking; each query bounds what it asks for (read_ahead.h). Any thread.
// Cost: a sleeping thread for each request that may be under way.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "query/ordered_tasks.h"

namespace vivace {

class FetchThreads final : public TaskHelpers {
 public:
  explicit FetchThreads(size_t count);
  ~FetchThreads() override { Stop(); }
  // Waits for what is running; what has not begun never will. Not on one of the threads: what is
  // asked for may own this.
  void Stop();

  size_t count() const override { return count_; }
  void Ask(std::function<void()> help) override;

 private:
  void Run();

  const size_t count_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> asked_;  // guarded by mutex_
  bool is_stopping_ = false;                 // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace vivace
