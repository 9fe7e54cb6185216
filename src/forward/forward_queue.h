// ForwardQueue: what waits to be sent to the endpoints of one forwarder for one tenant
// (spec/api.md 4.8).
//
// At most kQueuedMax requests wait and kInFlightMax are being sent, to all endpoints at once; what
// does not fit is dropped and counted. An endpoint that is unavailable or busy is retried for half
// a minute. Any thread; shared with the calls in flight.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/delay_queue.h"
#include "base/metrics.h"
#include "base/result.h"

namespace vivace {

class ForwardQueue : public std::enable_shared_from_this<ForwardQueue> {
 public:
  static constexpr size_t kQueuedMax = 100;
  static constexpr size_t kInFlightMax = 2;

  using Request = std::shared_ptr<const std::string>;
  // Sends a request to one endpoint and calls `done` once.
  using Send = std::function<void(Request request, std::function<void(Status)> done)>;

  struct Options {
    std::string name;  // of the forwarder
    std::string tenant;
    std::vector<Send> endpoints;
    std::chrono::milliseconds initial_backoff{200};
    std::chrono::milliseconds retry_timeout{30'000};  // with one request
    size_t bytes_max = 32 << 20;                      // of requests that wait
  };

  // `delays` and `metrics` must outlive the queue.
  ForwardQueue(Options options, DelayQueue& delays, Metrics& metrics);

  // False where it is full: the request is dropped.
  bool Push(Request request);
  // Drops what waits and stops retrying.
  void Close();
  // Whether all was sent or given up by then.
  bool WaitUntilEmpty(std::chrono::steady_clock::time_point deadline);

 private:
  using Clock = std::chrono::steady_clock;
  struct Delivery {
    Request request;
    size_t endpoints_left = 0;  // guarded by mutex_
    Clock::time_point retry_deadline;
  };

  void SendNext(std::unique_lock<std::mutex>& lock);
  void SendTo(size_t endpoint, const std::shared_ptr<Delivery>& delivery,
              std::chrono::milliseconds backoff);
  void HandleResponse(size_t endpoint, const std::shared_ptr<Delivery>& delivery,
                      std::chrono::milliseconds backoff, const Status& status);
  bool ShouldRetry(const Error& error, Clock::time_point next, const Delivery& delivery);
  void Finish(Delivery& delivery);

  const Options options_;
  DelayQueue& delays_;
  Counter& pushes_;
  Counter& failures_;
  Gauge& length_;
  std::mutex mutex_;
  std::condition_variable emptied_;
  std::deque<Request> waiting_;  // guarded by mutex_
  size_t waiting_bytes_ = 0;     // guarded by mutex_
  size_t in_flight_ = 0;         // guarded by mutex_
  bool closed_ = false;          // guarded by mutex_
};

}  // namespace vivace
