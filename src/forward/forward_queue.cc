#include "forward/forward_queue.h"

#include <algorithm>

#include "base/log.h"

namespace vivace {
namespace {

constexpr std::chrono::milliseconds kPauseMax{5000};

MetricLabels LabelsOf(const ForwardQueue::Options& options) { return {{"name", options.name}, {"tenant", options.tenant}}; }

// The codes that OTLP calls retryable.
bool MayRepeat(ErrorCode code) {
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
      pushes_(metrics.GetCounter("tempo_distributor_queue_pushes_total", "Requests pushed to a forwarder's queue.", LabelsOf(options_))),
      failures_(metrics.GetCounter("tempo_distributor_queue_pushes_failures_total", "Requests that a forwarder dropped or failed to deliver.",
                                   LabelsOf(options_))),
      length_(metrics.GetGauge("tempo_distributor_queue_length", "Requests in a forwarder's queue.", LabelsOf(options_))) {}

bool ForwardQueue::Push(Request request) {
  pushes_.Add(1);
  std::unique_lock lock(mutex_);
  if (closed_ || waiting_.size() == kQueuedMax || waiting_bytes_ + request->size() > options_.bytes_max) {
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
  std::vector<std::shared_ptr<Sending>> begun;
  while (sending_ < kWorkers && !waiting_.empty()) {
    begun.push_back(std::make_shared<Sending>(std::move(waiting_.front()), options_.endpoints.size(), Clock::now() + options_.patience));
    waiting_bytes_ -= begun.back()->request->size();
    waiting_.pop_front();
    ++sending_;
  }
  length_.Set(static_cast<double>(waiting_.size()));
  lock.unlock();
  for (const auto& sending : begun) {
    for (size_t endpoint = 0; endpoint < options_.endpoints.size(); ++endpoint) SendTo(endpoint, sending, options_.first_pause);
  }
}

void ForwardQueue::SendTo(size_t endpoint, const std::shared_ptr<Sending>& sending, std::chrono::milliseconds pause) {
  options_.endpoints[endpoint](sending->request, [self = shared_from_this(), endpoint, sending, pause](const Status& status) {
    self->HandleAnswer(endpoint, sending, pause, status);
  });
}

void ForwardQueue::HandleAnswer(size_t endpoint, const std::shared_ptr<Sending>& sending, std::chrono::milliseconds pause,
                                const Status& status) {
  if (status) return End(*sending);
  const auto next = Clock::now() + pause;
  if (MayTryAgain(status.error(), next, *sending)) {
    return delays_.CallAt(
        next, [self = shared_from_this(), endpoint, sending, pause] { self->SendTo(endpoint, sending, std::min(2 * pause, kPauseMax)); });
  }
  failures_.Add(1);
  LogWarn("spans were not forwarded", {{"forwarder", options_.name}, {"tenant", options_.tenant}, {"err", status.error().message}});
  End(*sending);
}

bool ForwardQueue::MayTryAgain(const Error& error, Clock::time_point next, const Sending& sending) {
  if (!MayRepeat(error.code) || next >= sending.give_up) return false;
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

void ForwardQueue::End(Sending& sending) {
  std::unique_lock lock(mutex_);
  if (--sending.endpoints_left > 0) return;
  --sending_;
  if (sending_ == 0 && waiting_.empty()) emptied_.notify_all();
  SendNext(lock);
}

bool ForwardQueue::WaitUntilEmpty(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_until(lock, deadline, [&] { return sending_ == 0 && waiting_.empty(); });
}

}  // namespace vivace
