// CommitQueue: what waits for the commit thread: batches, small requests that are not decoded yet
// (Announce), flushes, segments that have become blocks.
//
// Any thread puts in, the commit thread alone waits and takes. Bounded by the bytes of the batches
// that are queued or taken and not answered yet. Wakes the commit thread for the first batch and
// for the last of those that it expects, not for each: a wake-up costs more than queueing does.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "ingest/pending_batch.h"
#include "ingest/tenant_refusals.h"

namespace vivace {

class CommitQueue {
 public:
  using Clock = std::chrono::steady_clock;
  struct FlushRequest {
    std::optional<std::string> tenant;
    std::function<void(Status)> done;
  };
  // What there is to do for the commit thread.
  struct Work {
    std::vector<PendingPointer> batches;
    std::vector<FlushRequest> flushes;
    std::vector<Uuid> finished;  // segments
    bool may_release = false;    // what held batches wait for has come
    bool is_last = false;        // the queue was stopped: nothing more comes after this
  };

  // `gathers`: whether a commit is worth waiting a moment for more batches.
  CommitQueue(size_t bytes_max, bool gathers) : bytes_max_(bytes_max), gathers_(gathers) {}

  // Takes the batch over unless it is refused: UNAVAILABLE when stopped, RESOURCE_EXHAUSTED when
  // full, FAILED_PRECONDITION for a tenant who is refused.
  Status Push(PendingPointer& pending);
  // A request waits in `source`, which is asked for it before the next Wait() returns; at once when
  // the queue is stopped.
  void Announce(std::shared_ptr<PushSource> source);
  // False, and the request is untouched, when stopped.
  bool AddFlush(FlushRequest& request);
  // The segment has become a block; null: it was none of the log's. Held batches may have room.
  void AddFinished(std::optional<Uuid> segment);
  // Refuses the tenant's batches for a while.
  void Refuse(const std::string& tenant, const std::string& reason, Clock::time_point until);
  // Refuses everything from now on.
  void Stop();

  // Of the commit thread: waits for something to do, until `until` at most.
  Work Wait(Clock::time_point until);
  // So many bytes of batches have been answered.
  void Release(size_t bytes);
  // After the commit thread has ended: segments that became blocks since.
  std::vector<Uuid> TakeFinished();

 private:
  // Those with mutex_ in their comments need it held.
  size_t waiting() const { return batches_.size() + announced_; }  // mutex_
  Status CheckTaken(const PendingBatch& pending) const;            // mutex_
  void WakeIfAwaited(std::unique_lock<std::mutex> lock);
  void Gather(std::unique_lock<std::mutex>& lock);
  void PushAnnounced(std::unique_lock<std::mutex>& lock);

  const size_t bytes_max_;
  const bool gathers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  // The rest is guarded by mutex_.
  std::vector<PendingPointer> batches_;
  size_t bytes_ = 0;                                  // queued, or taken and not answered
  std::vector<std::shared_ptr<PushSource>> sources_;  // in which requests wait
  size_t announced_ = 0;                              // requests in them
  std::vector<FlushRequest> flushes_;
  std::vector<Uuid> finished_;
  bool may_release_ = false;
  TenantRefusals refusals_;
  bool stopped_ = false;
  double usual_batches_ = 1;    // of a commit
  size_t awaited_batches_ = 1;  // the same, rounded
};

}  // namespace vivace
