#include "forward/forward_queue.h"

#include <algorithm>

#include "base/log.h"

namespace vivace {
namespace {

constexpr std::chrono::milliseconds kBackoffMax{5000};

MetricLabels LabelsOf(const ForwardQueue::Options& options) {
  return {{"name", options.name}, {"tenant", options.tenant}};
}

// The codes that OTLP calls retryable.
bool IsRetryable(ErrorCode code) {
  switch (code) {
    case ErrorCode::kCancelled:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kAborted:
    case ErrorCode::kOutOfRange:
    case ErrorCode::kUnavailable:
    case ErrorCode::kDataLoss:
      return true;
    default:
      return false;
  }
}

}  // namespace

ForwardQueue::ForwardQueue(Options options, DelayQueue& delays, Metrics& metrics)
    : options_(std::move(options)),
      delays_(delays),
      pushes_(metrics.GetCounter("tempo_distributor_queue_pushes_total",
                                 "Requests pushed to a forwarder's queue.", LabelsOf(options_))),
      failures_(metrics.GetCounter("tempo_distributor_queue_pushes_failures_total",
                                   "Requests that a forwarder dropped or failed to deliver.",
                                   LabelsOf(options_))),
      length_(metrics.GetGauge("tempo_distributor_queue_length", "Requests in a forwarder's queue.",
                               LabelsOf(options_))) {}

bool ForwardQueue::Push(Request request) {
  pushes_.Add(1);
  std::unique_lock lock(mutex_);
  if (closed_ || waiting_.size() == kQueuedMax ||
      waiting_bytes_ + request->size() > options_.bytes_max) {
    failures_.Add(1);
    return false;
  }
  waiting_bytes_ += request->size();
  waiting_.push_back(std::move(request));
  SendNext(lock);
  return true;
}

// `lock` is released while requests are handed over.
void ForwardQueue::SendNext(std::unique_lock<std::mutex>& lock) {
  std::vector<std::shared_ptr<Delivery>> begun;
  while (in_flight_ < kInFlightMax && !waiting_.empty()) {
    begun.push_back(std::make_shared<Delivery>(std::move(waiting_.front()),
                                               options_.endpoints.size(),
                                               Clock::now() + options_.retry_timeout));
    waiting_bytes_ -= begun.back()->request->size();
    waiting_.pop_front();
    ++in_flight_;
  }
  length_.Set(static_cast<double>(waiting_.size()));
  lock.unlock();
  for (const auto& delivery : begun) {
    for (size_t endpoint = 0; endpoint < options_.endpoints.size(); ++endpoint)
      SendTo(endpoint, delivery, options_.initial_backoff);
  }
}

void ForwardQueue::SendTo(size_t endpoint, const std::shared_ptr<Delivery>& delivery,
                          std::chrono::milliseconds backoff) {
  options_.endpoints[endpoint](delivery->request, [self = shared_from_this(), endpoint, delivery,
                                                   backoff](const Status& status) {
    self->HandleResponse(endpoint, delivery, backoff, status);
  });
}

void ForwardQueue::HandleResponse(size_t endpoint, const std::shared_ptr<Delivery>& delivery,
                                  std::chrono::milliseconds backoff, const Status& status) {
  if (status) return Finish(*delivery);
  const auto next = Clock::now() + backoff;
  if (ShouldRetry(status.error(), next, *delivery)) {
    return delays_.CallAt(next, [self = shared_from_this(), endpoint, delivery, backoff] {
      self->SendTo(endpoint, delivery, std::min(2 * backoff, kBackoffMax));
    });
  }
  failures_.Add(1);
  LogWarn(
      "spans were not forwarded",
      {{"forwarder", options_.name}, {"tenant", options_.tenant}, {"err", status.error().message}});
  Finish(*delivery);
}

bool ForwardQueue::ShouldRetry(const Error& error, Clock::time_point next,
                               const Delivery& delivery) {
  if (!IsRetryable(error.code) || next >= delivery.retry_deadline) return false;
  const std::lock_guard lock(mutex_);
  return !closed_;
}

void ForwardQueue::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  failures_.Add(static_cast<double>(waiting_.size()));
  waiting_.clear();
  waiting_bytes_ = 0;
}

void ForwardQueue::Finish(Delivery& delivery) {
  std::unique_lock lock(mutex_);
  if (--delivery.endpoints_left > 0) return;
  --in_flight_;
  if (in_flight_ == 0 && waiting_.empty()) emptied_.notify_all();
  SendNext(lock);
}

bool ForwardQueue::WaitUntilEmpty(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_until(lock, deadline, [&] { return in_flight_ == 0 && waiting_.empty(); });
}

}  // namespace vivace
