// SegmentFlusher: writes sealed segments as blocks, on a few threads of low priority and one of
// normal priority that helps where too much is waiting, so that a busy machine costs throughput
// before it costs senders their time.
//
// Block complete (meta.json) -> announced -> segment no longer read -> its WAL records finished, in
// this order, so that a crash anywhere leaves the spans in at least one place, and replay tells by
// the block's id which of the two counts. A segment that fails waits by itself, longer each time,
// and stays readable and in the WAL meanwhile; others pass. One that no retry can help is set
// aside: its records go to a file that an operator can bring back, loudly.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "block/block_writer.h"
#include "ingest/segment_table.h"
#include "ingest/tail_sampler.h"
#include "ingest/wal/wal.h"
#include "object/object_store.h"

namespace vivace {

struct FlusherOptions {
  BlockOptions block;
  // How far in the future a block may end.
  uint64_t block_end_slack_seconds = 120;
  size_t workers = 4;
  // Bytes of segments that are written at once; one at least. The helper comes on top.
  size_t in_flight_bytes_max = size_t{96} << 20;
  // The helper works from this many waiting bytes on.
  size_t helped_bytes = size_t{96} << 20;
  std::chrono::nanoseconds retry_delay = std::chrono::seconds(1);
  std::chrono::nanoseconds retry_delay_max = std::chrono::seconds(30);
  // Attempts until a segment is set aside whose error is permanent.
  unsigned permanent_errors_max = 5;
};

class SegmentFlusher {
 public:
  using SegmentPointer = SegmentTable::SegmentPointer;

  // Called on the flusher's threads.
  struct Listener {
    std::function<void(const BlockMeta&)> on_block;
    // The segment's records are needed no more.
    std::function<void(const LiveSegment&)> on_finished;
    // ... because it was set aside, for this reason.
    std::function<void(const LiveSegment&, const std::string& reason)> on_set_aside;
  };

  // `sampler` may be null; else segments wait for its decisions, unless much waits or somebody for
  // them.
  SegmentFlusher(SegmentTable& table, Wal& wal, ObjectStore& store, FlusherOptions options,
                 Listener listener, Metrics& metrics, TailSampler* sampler);
  ~SegmentFlusher();

  // Queues a segment that the table has among the sealed ones.
  void Enqueue(SegmentPointer segment);
  // Bytes of segments that are not written yet, without and with those that failed.
  size_t backlog_bytes() const;
  size_t pending_bytes() const;
  // The last error of the tenant's segments that failed; empty where none waits.
  std::string FailureOf(const std::string& tenant) const;
  // Calls `done` when each segment queued so far, of the tenant or of all, is a block or has failed
  // once more; with an error then. At once where there are none. On a thread of the flusher, or
  // this one.
  void AfterPending(const std::optional<std::string>& tenant, std::function<void(Status)> done);
  // Ends after the current blocks. With `drain` all queued segments are written first, each tried
  // once.
  void Stop(bool drain);
  // Why blocks cannot be written; empty while that works, or fails for few tenants only.
  std::string UnreadyReason() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    SegmentPointer segment;
    size_t bytes = 0;
    uint64_t number = 0;
    unsigned attempts = 0;
    unsigned permanent_errors = 0;
    std::string error;  // of the last attempt
    Clock::time_point not_before{};
    bool is_in_flight = false;
  };
  using Entries = std::list<Entry>;
  struct Waiter {
    std::set<uint64_t> entries;
    Status status;
    std::function<void(Status)> done;
  };

  void Run(bool is_helper);
  Entries::iterator Take(bool is_helper, Clock::time_point now);
  bool IsReady(const Entry& entry, bool is_urgent, Clock::time_point now) const;
  Clock::time_point NextCheck(Clock::time_point now) const;
  void Process(Entries::iterator entry);
  Status Write(const LiveSegment& segment);
  Status WriteColumns(const LiveSegment& segment, const Segment& columns, Clock::time_point start);
  bool SetAside(const LiveSegment& segment, const Error& error);
  void OnFailure(Entries::iterator entry, const Error& error);
  void Finish(Entries::iterator entry);
  void Release(std::unique_lock<std::mutex>& lock, uint64_t number, const Status& status);
  void UpdateGauge();

  SegmentTable& table_;
  Wal& wal_;
  ObjectStore& store_;
  const FlusherOptions options_;
  const Listener listener_;
  TailSampler* const sampler_;
  Counter& flushed_;
  Counter& failed_;
  Counter& retries_;
  Counter& failed_retries_;
  Counter& set_aside_;
  Histogram& duration_;
  Histogram& size_;
  Gauge& queue_length_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // All guarded by mutex_.
  Entries entries_;  // in order of queueing; those in flight too
  uint64_t last_number_ = 0;
  size_t pending_bytes_ = 0;
  size_t failing_bytes_ = 0;  // of entries with an error
  size_t in_flight_bytes_ = 0;
  std::map<std::string, size_t> failing_tenants_;  // their entries with an error
  bool has_written_since_failure_ = true;
  std::vector<Waiter> waiters_;
  bool stopping_ = false;
  bool drain_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace vivace
