#include "ingest/commit_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace vivace {
namespace {

// Longest wait for more batches to make durable with one sync.
constexpr auto kGatherTimeMax = std::chrono::milliseconds(1);
// How fast the usual number of batches follows a smaller one.
constexpr double kForgottenPerCommit = 0.05;

}  // namespace

Status CommitQueue::Push(PendingPointer& pending) {
  std::unique_lock lock(mutex_);
  VIVACE_TRY(CheckTaken(*pending));
  bytes_ += pending->queue_bytes();
  batches_.push_back(std::move(pending));
  WakeIfAwaited(std::move(lock));
  return {};
}

Status CommitQueue::CheckTaken(const PendingBatch& pending) const {
  if (stopped_) return Fail(ErrorCode::kUnavailable, "the server is shutting down");
  VIVACE_TRY(refusals_.Check(pending.context.tenant));
  const size_t bytes = pending.queue_bytes();
  if (bytes_ == 0 || bytes_ + bytes <= bytes_max_) return {};
  return Fail(ErrorCode::kResourceExhausted,
              fmt::format("ingest queue is full: {} bytes queued, {} more would exceed the limit "
                          "of {} (vivace.memory_limit)",
                          bytes_, bytes, bytes_max_));
}

void CommitQueue::Announce(std::shared_ptr<PushSource> source) {
  std::unique_lock lock(mutex_);
  if (stopped_) {
    lock.unlock();
    return source->PushWaiting();  // to be refused
  }
  if (std::ranges::find(sources_, source) == sources_.end()) sources_.push_back(std::move(source));
  ++announced_;
  WakeIfAwaited(std::move(lock));
}

void CommitQueue::WakeIfAwaited(std::unique_lock<std::mutex> lock) {
  const bool awaited = waiting() == 1 || waiting() == awaited_batches_;
  lock.unlock();
  if (awaited) wake_.notify_one();
}

bool CommitQueue::AddFlush(FlushRequest& request) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return false;
    flushes_.push_back(std::move(request));
  }
  wake_.notify_one();
  return true;
}

void CommitQueue::AddFinished(std::optional<Uuid> segment) {
  {
    const std::lock_guard lock(mutex_);
    if (segment) finished_.push_back(*segment);
    may_release_ = true;
  }
  wake_.notify_one();
}

void CommitQueue::Refuse(const std::string& tenant, const std::string& reason,
                         Clock::time_point until) {
  const std::lock_guard lock(mutex_);
  refusals_.Add(tenant, reason, until);
}

void CommitQueue::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_one();
}

CommitQueue::Work CommitQueue::Wait(Clock::time_point until) {
  Work work;
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, until, [&] {
    return stopped_ || waiting() > 0 || !flushes_.empty() || !finished_.empty();
  });
  Gather(lock);
  // Requests that are announced after this are refused where they are.
  work.is_last = stopped_;
  PushAnnounced(lock);
  work.batches.swap(batches_);
  work.flushes.swap(flushes_);
  work.finished.swap(finished_);
  work.may_release = std::exchange(may_release_, false);
  return work;
}

// Senders that got their responses together send again together: waiting briefly for as many
// batches as were usual lately saves syncs. One that was late once is waited for again.
void CommitQueue::Gather(std::unique_lock<std::mutex>& lock) {
  if (waiting() == 0) return;
  if (gathers_) {
    wake_.wait_for(lock, kGatherTimeMax, [&] { return stopped_ || waiting() >= awaited_batches_; });
  }
  const auto size = static_cast<double>(waiting());
  usual_batches_ = std::max(size, usual_batches_ + (size - usual_batches_) * kForgottenPerCommit);
  awaited_batches_ = static_cast<size_t>(std::lround(usual_batches_));
}

// `lock` is given up meanwhile: sources push in turn.
void CommitQueue::PushAnnounced(std::unique_lock<std::mutex>& lock) {
  if (sources_.empty()) return;
  const auto sources = std::exchange(sources_, {});
  announced_ = 0;
  lock.unlock();
  for (const auto& source : sources) source->PushWaiting();
  lock.lock();
}

void CommitQueue::Release(size_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes_ -= bytes;
}

std::vector<Uuid> CommitQueue::TakeFinished() {
  const std::lock_guard lock(mutex_);
  return std::exchange(finished_, {});
}

}  // namespace vivace
