// SegmentFlusher: writes sealed segments as blocks, one after the other, on a thread of low
// priority.
//
// Block complete (meta.json) -> announced -> segment no longer read -> WAL part removed, in this
// order, so that a crash anywhere leaves the spans in at least one place, and replay tells by the
// block's id which of the two counts. A write that fails is retried with exponential backoff; the
// spans stay readable and in the WAL meanwhile.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "block/block_writer.h"
#include "ingest/segment_table.h"
#include "ingest/tail_sampler.h"
#include "object/object_store.h"

namespace vivace {

class SegmentFlusher {
 public:
  using BlockListener = std::function<void(const BlockMeta&)>;

  // `on_block` is called on the flusher's thread for each finished block. `end_slack_seconds`: how
  // far in the future a block may end. `sampler` may be null; else segments wait for its decisions,
  // unless others wait behind them or for them.
  SegmentFlusher(SegmentTable& table, FileSystem& files, ObjectStore& store, BlockOptions options,
                 uint64_t end_slack_seconds, BlockListener on_block, Metrics& metrics,
                 TailSampler* sampler = nullptr);
  ~SegmentFlusher();

  // Queues a segment that the table has among the sealed ones.
  void Enqueue(SegmentTable::SegmentPointer segment);
  // Segments not yet written. The one being written counts.
  size_t pending() const { return pending_.load(); }
  // Calls `done` once all segments queued so far are blocks; at once where there are none. On the
  // flusher's thread, or this one.
  void AfterPending(std::function<void()> done);
  // Waits until fewer than `limit` are pending, or until Stop or the deadline. False on the latter
  // two.
  bool WaitBelow(size_t limit, std::chrono::steady_clock::time_point deadline);
  // Ends after the current block. With `drain` all queued segments are written first, each tried
  // once.
  void Stop(bool drain);
  // The last failure, empty while writing works.
  std::string last_error() const;

 private:
  void Run();
  bool WriteOne(const SegmentTable::SegmentPointer& segment, bool retry);
  SegmentTable::SegmentPointer TakeReady();
  Status WriteSegment(const LiveSegment& segment, const Segment& columns,
                      std::chrono::steady_clock::time_point start);
  void Finish(const SegmentTable::SegmentPointer& segment);

  SegmentTable& table_;
  FileSystem& files_;  // of the WAL
  ObjectStore& store_;
  const BlockOptions options_;
  const uint64_t end_slack_seconds_;
  const BlockListener on_block_;
  TailSampler* const sampler_;
  Counter& flushed_;
  Counter& failed_;
  Counter& retries_;
  Counter& failed_retries_;
  Histogram& duration_;
  Histogram& size_;
  Gauge& queue_length_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<SegmentTable::SegmentPointer> queue_;
  std::string last_error_;
  std::vector<std::pair<uint64_t, std::function<void()>>>
      waiters_;  // called when so many segments have been written in all
  uint64_t queued_count_ = 0;
  uint64_t written_count_ = 0;
  std::atomic<size_t> pending_{0};
  bool stopping_ = false;
  bool drain_ = false;
  std::thread thread_;
};

}  // namespace vivace
