// Ingester: takes batches from the receivers, makes them durable and searchable, and cuts blocks
// from them.
//
//   Push -> queue -> commit thread: what waits undecoded is pushed (Announce)
//                    -> one write and one sync of the WAL for all that waits
//                    -> segment append -> done -> cut where due -> SegmentFlusher
//
// A batch is acknowledged when it is in the WAL (and on the device, by policy) and can be read.
// When the disk refuses or too much is waiting, senders get UNAVAILABLE or RESOURCE_EXHAUSTED with
// a retry delay; no batch is stored in part. A tenant whose segment is full and cannot be sealed,
// because too much waits to be written or what he sent before cannot be, waits by himself, then is
// refused. Push, FindTrace and Flush may be called from any thread.
//
// Memory: at most queue_bytes_max of waiting batches and segments_bytes_max of segments (more only
// by the batches of one commit).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/metrics.h"
#include "base/rate_limited_log.h"
#include "base/result.h"
#include "columns/span_batch_builder.h"
#include "ingest/batch_pool.h"
#include "ingest/commit_queue.h"
#include "ingest/pending_batch.h"
#include "ingest/segment_flusher.h"
#include "ingest/segment_table.h"
#include "ingest/set_aside_segments.h"
#include "ingest/tail_sampler.h"
#include "ingest/tenant_metrics.h"
#include "ingest/wal/wal.h"
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
  // Of sealed segments that wait to be written; beyond it full segments are not sealed.
  size_t backlog_bytes_max = size_t{192} << 20;
  // Of all segments; beyond half of it the largest live ones are sealed early.
  size_t segments_bytes_max = size_t{4} << 30;
  // Of those with segments.
  size_t tenants_max = 10'000;
  // How long batches wait for a full segment to be sealed.
  std::chrono::nanoseconds full_timeout = std::chrono::seconds(10);
  // How long a tenant is refused whose segment had to be set aside.
  std::chrono::nanoseconds set_aside_pause = std::chrono::minutes(10);
  bool flush_on_stop = false;
  FlusherOptions flusher;
  // Limits, for tail sampling. Unset: all traces are kept.
  std::function<RuntimeOverrides::Snapshot()> overrides;
};

class Ingester final : public SpanSink {
 public:
  // Locks the WAL directory, replays it and starts. `files`, `store` and `metrics` must outlive the
  // ingester.
  static Result<std::unique_ptr<Ingester>> Start(IngesterOptions options, FileSystem& files,
                                                 ObjectStore& store, Metrics& metrics,
                                                 std::function<void(const BlockMeta&)> on_block);
  ~Ingester() override;

  void Push(PushContext context, SpanBatch batch, std::function<void(PushResult)> done) override;
  void Announce(std::shared_ptr<PushSource> source) override { queue_.Announce(std::move(source)); }
  SpanBatch TakeRecycledBatch() override;

  // Appends the spans of the trace that are in segments to `out`. False where there are none.
  bool FindTrace(const std::string& tenant, const TraceId& id, SpanBatchBuilder& out) const;

  // The tenant's segments that are not blocks yet, to be queried; the last one may still grow.
  std::vector<std::shared_ptr<const LiveSegment>> Segments(const std::string& tenant) const;

  // What is in no segment and will be in no block.
  const SetAsideSegments& set_aside() const { return set_aside_; }

  // Cuts the tenant's segment (all tenants' without one) and calls `done` when it is a block, or
  // with an error when it cannot be written now; NOT_FOUND: no such tenant.
  void Flush(std::optional<std::string> tenant, std::function<void(Status)> done);

  // An error while writes to the WAL or the block store fail.
  Status Ready() const;

  // Takes no more spans, commits what waits and ends; with flush_on_stop (or `flush`) everything
  // becomes blocks first.
  void Stop(bool flush = false);

 private:
  using Clock = std::chrono::steady_clock;
  // Batches of one tenant that are committed together.
  struct Group {
    std::vector<PendingPointer> batches;
    std::shared_ptr<LiveSegment> segment;
    const std::string& tenant() const { return batches[0]->context.tenant; }
  };

  Ingester(IngesterOptions options, ObjectStore& store, Metrics& metrics,
           std::function<void(const BlockMeta&)> on_block, std::unique_ptr<WalDirectory> directory);
  SegmentFlusher::Listener FlushListener(std::function<void(const BlockMeta&)> on_block);

  void DropStored(const std::string& tenant, SpanBatch& batch) const;
  Status AdoptReplayed(const ObjectStore& store);
  void Run();
  CommitQueue::Work WaitForWork();
  void RunChecks();
  void Commit(std::vector<PendingPointer> batches, std::vector<Uuid> finished);
  static std::vector<Group> GroupByTenant(std::vector<PendingPointer> batches);
  void CommitGroups(std::vector<Group>& groups, std::vector<Uuid> finished);
  bool Prepare(Group& group);
  Status MakeRoom(const std::string& tenant);
  void Hold(Group& group, const Error& reason);
  Status WriteGroups(std::span<const Group> groups, std::span<const Uuid> finished);
  void AcceptGroup(Group& group);
  void Accept(PendingPointer pending, LiveSegment& segment);
  void RefuseAll(Group& group, const Error& error);
  void Answer(PendingPointer pending, PushResult result);
  void Refuse(PendingBatch& pending, PushResult result);
  void SyncNow();
  bool MaySeal(const std::string& tenant) const;
  void CutOldSegments();
  void CutLargestSegments();
  void CutAllSegments();
  void CutSegment(const std::string& tenant);
  void HandleFlush(CommitQueue::FlushRequest& request);
  void ProbeWal();
  void SetWalError(std::string message);
  TenantMetrics& MetricsOf(const std::string& tenant);

  const IngesterOptions options_;
  Metrics& metrics_;
  const std::unique_ptr<WalDirectory> directory_;
  Wal wal_;
  SegmentTable table_;
  SetAsideSegments set_aside_;
  const std::unique_ptr<TailSampler> sampler_;  // may be null

  RateLimitedLog refusals_{"spans are refused", "requests"};
  BatchPool stored_;
  CommitQueue queue_;
  mutable std::mutex mutex_;
  std::string wal_error_;  // guarded by mutex_

  // Of the commit thread.
  bool is_last_ = false;  // nothing is held any more: the server ends
  HeldBatches held_;
  size_t live_bytes_ = 0;
  size_t new_tenants_ = 0;     // that this commit makes segments for
  size_t answered_bytes_ = 0;  // of the queue, in this commit
  std::vector<Uuid> finished_later_;
  Clock::time_point next_held_check_{};
  Clock::time_point next_check_;
  Clock::time_point next_sync_;
  std::map<std::string, std::shared_ptr<LiveSegment>> unsynced_;  // by tenant
  std::unordered_map<std::string, TenantMetrics> tenant_metrics_;

  SegmentFlusher flusher_;
  std::thread thread_;
};

}  // namespace vivace
