// Ingester: takes batches from the receivers, makes them durable and searchable, and cuts blocks
// from them.
//
//   Push -> queue -> commit thread: WAL append of all that waits, one fsync -> segment append
//                    -> done -> cut where due -> SegmentFlusher
//
// A batch is acknowledged when it is in the WAL (and on the device, by policy) and can be read.
// When the disk refuses or too much is waiting, senders get UNAVAILABLE or RESOURCE_EXHAUSTED with
// a retry delay; no batch is stored in part. Push, FindTrace and Flush may be called from any
// thread. Memory: at most queue_bytes_max of waiting batches, plus segments of at most
// segment_bytes_max each, one per active tenant and pending_segments_max that wait to be written.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "columns/span_batch_builder.h"
#include "ingest/segment_flusher.h"
#include "ingest/segment_table.h"
#include "ingest/tail_sampler.h"
#include "ingest/wal_directory.h"
#include "receive/span_sink.h"

namespace vivace {

enum class WalSync { kAlways, kInterval, kNever };

struct IngesterOptions {
  std::string wal_path;
  WalSync wal_sync = WalSync::kAlways;
  std::chrono::milliseconds wal_sync_interval{100};
  size_t segment_bytes_max = size_t{96} << 20;
  std::chrono::nanoseconds segment_age_max = std::chrono::minutes(30);
  std::chrono::nanoseconds check_period = std::chrono::seconds(10);
  size_t queue_bytes_max = size_t{64} << 20;
  size_t pending_segments_max = 2;
  bool flush_on_stop = false;
  BlockOptions block;
  uint64_t block_end_slack_seconds = 120;
  // Limits, for tail sampling. Unset: all traces are kept.
  std::function<RuntimeOverrides::Snapshot()> overrides;
};

class Ingester final : public SpanSink {
 public:
  // Locks the WAL directory, replays it and starts. `files`, `store` and `metrics` must outlive the
  // ingester.
  static Result<std::unique_ptr<Ingester>> Start(IngesterOptions options, FileSystem& files,
                                                 ObjectStore& store, Metrics& metrics,
                                                 SegmentFlusher::BlockListener on_block);
  ~Ingester() override;

  void Push(PushContext context, SpanBatch batch, std::function<void(PushResult)> done) override;
  SpanBatch TakeRecycledBatch() override;

  // Appends the spans of the trace that are in segments to `out`. False where there are none.
  bool FindTrace(const std::string& tenant, const TraceId& id, SpanBatchBuilder& out) const;

  // The tenant's segments that are not blocks yet, to be queried; the last one may still grow.
  std::vector<std::shared_ptr<const LiveSegment>> Segments(const std::string& tenant) const;

  // Cuts the tenant's segment (all tenants' without one) and calls `done(true)` when it is a block;
  // `done(false)`: no such tenant.
  void Flush(std::optional<std::string> tenant, std::function<void(bool known)> done);

  // An error while writes to the WAL or the block store fail.
  Status Ready() const;

  // Takes no more spans, commits what waits and ends; with flush_on_stop (or `flush`) everything
  // becomes blocks first.
  void Stop(bool flush = false);

 private:
  struct Pending {
    PushContext context;
    SpanBatch batch;
    WalRecord record;
    std::function<void(PushResult)> done;
  };
  // Batches of one tenant that are committed together.
  struct Group {
    std::vector<Pending*> batches;
    std::shared_ptr<LiveSegment> segment;
  };
  struct FlushRequest {
    std::optional<std::string> tenant;
    std::function<void(bool)> done;
  };
  struct TenantMetrics {
    Counter& spans;
    Counter& bytes;
    Counter& ingester_bytes;
    Counter& traces;
    Gauge& live_traces;
    Gauge& live_bytes;
  };

  Ingester(IngesterOptions options, ObjectStore& store, Metrics& metrics,
           SegmentFlusher::BlockListener on_block, std::unique_ptr<WalDirectory> directory);

  void DropStored(const std::string& tenant, SpanBatch& batch) const;
  void AdoptReplayed(std::vector<std::shared_ptr<LiveSegment>> segments);
  void Run();
  void WaitForMoreBatches(std::unique_lock<std::mutex>& lock);
  void Commit(std::vector<Pending>& batches);
  static std::vector<Group> GroupByTenant(std::vector<Pending>& batches);
  void CommitGroups(std::vector<Group> groups);
  Status WriteGroup(Group& group);
  Result<std::shared_ptr<LiveSegment>> LiveSegmentOf(const std::string& tenant);
  void Accept(Pending& pending, LiveSegment& segment);
  void Refuse(Pending& pending, const Error& error);
  // Direct writes pay off where every write is synced at once.
  WalWriteMode WriteMode() const {
    return options_.wal_sync == WalSync::kAlways ? WalWriteMode::kDirect : WalWriteMode::kBuffered;
  }
  Status SyncParts(const std::vector<std::shared_ptr<LiveSegment>>& touched);
  void CutOldSegments();
  void CutSegment(const std::string& tenant);
  void HandleFlush(FlushRequest& request);
  void ProbeWal();
  void SetWalError(std::string message);
  void RecycleBatches(std::vector<Pending>& batches);
  TenantMetrics& MetricsOf(const std::string& tenant);

  const IngesterOptions options_;
  Metrics& metrics_;
  std::unique_ptr<WalDirectory> directory_;
  SegmentTable table_;
  const std::unique_ptr<TailSampler> sampler_;  // may be null
  SegmentFlusher flusher_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Pending> queue_;             // guarded by mutex_
  std::vector<FlushRequest> flush_queue_;  // guarded by mutex_
  size_t queue_bytes_ = 0;  // guarded by mutex_: of the queue and the batches being committed
  std::string wal_error_;   // guarded by mutex_
  std::vector<SpanBatch> recycled_batches_;  // guarded by mutex_
  bool stopping_ = false;                    // guarded by mutex_

  size_t last_commit_batches_ = 1;  // guarded by mutex_: batches of the last commit

  // Of the commit thread.
  std::chrono::steady_clock::time_point next_check_;
  std::chrono::steady_clock::time_point next_sync_;
  std::vector<std::shared_ptr<LiveSegment>> unsynced_;
  std::map<std::string, TenantMetrics> tenant_metrics_;
  std::thread thread_;
};

}  // namespace vivace
