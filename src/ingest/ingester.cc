#include "ingest/ingester.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/thread_name.h"
#include "columns/span_batch_codec.h"
#include "ingest/wal_replay.h"

namespace vivace {
namespace {

using std::chrono::steady_clock;

constexpr uint32_t kRetrySeconds = 1;
// How long the commit thread waits for the flusher before it refuses the batches that it has.
constexpr auto kFlusherTimeout = std::chrono::seconds(10);
// Longest wait for more batches to make durable with one fsync.
constexpr auto kCommitDelayMax = std::chrono::milliseconds(1);
// How often readiness is checked while the WAL or the block store fails.
constexpr std::chrono::nanoseconds kUnreadyCheckPeriod = std::chrono::seconds(1);
// Bytes of a waiting batch beyond its WAL record.
constexpr size_t kPendingOverhead = 1024;
// Batches whose memory is kept, and the size of their records: at most some 16 MiB.
constexpr size_t kRecycledBatchesMax = 16;
constexpr size_t kRecycledRecordBytesMax = 512 << 10;

}  // namespace

Result<std::unique_ptr<Ingester>> Ingester::Start(IngesterOptions options, FileSystem& files,
                                                  ObjectStore& store, Metrics& metrics,
                                                  SegmentFlusher::BlockListener on_block) {
  VIVACE_ASSIGN(auto directory, WalDirectory::Open(files, options.wal_path));
  auto segments = ReplayWal(*directory, store, metrics);
  std::unique_ptr<Ingester> ingester(
      new Ingester(std::move(options), store, metrics, std::move(on_block), std::move(directory)));
  ingester->AdoptReplayed(std::move(segments));
  if (ingester->sampler_) ingester->sampler_->Start();
  ingester->thread_ = std::thread([raw = ingester.get()] { raw->Run(); });
  return ingester;
}

Ingester::Ingester(IngesterOptions options, ObjectStore& store, Metrics& metrics,
                   SegmentFlusher::BlockListener on_block, std::unique_ptr<WalDirectory> directory)
    : options_(std::move(options)),
      metrics_(metrics),
      directory_(std::move(directory)),
      sampler_(options_.overrides == nullptr
                   ? nullptr
                   : std::make_unique<TailSampler>(
                         TailSamplerOptions{
                             options_.overrides,
                             [this](const std::string& tenant) { return Segments(tenant); }},
                         metrics)),
      flusher_(table_, directory_->files(), store, options_.block, options_.block_end_slack_seconds,
               std::move(on_block), metrics, sampler_.get()),
      next_check_(steady_clock::now() + options_.check_period),
      next_sync_(steady_clock::now()) {}

Ingester::~Ingester() { Stop(); }

// The newest intact segment of a tenant goes on taking spans, the others become blocks.
void Ingester::AdoptReplayed(std::vector<std::shared_ptr<LiveSegment>> segments) {
  for (auto& segment : segments) {
    if (sampler_) sampler_->ObserveSegment(*segment, steady_clock::now());
    if (table_.Live(segment->tenant)) CutSegment(segment->tenant);
    const bool takes_more =
        segment->part && segment->columns.memory_bytes() < options_.segment_bytes_max;
    if (takes_more) {
      table_.SetLive(std::move(segment));
    } else {
      segment->sealed = steady_clock::now();
      table_.AddSealed(segment);
      flusher_.Enqueue(std::move(segment));
    }
  }
}

void Ingester::Push(PushContext context, SpanBatch batch, std::function<void(PushResult)> done) {
  if (context.is_replayable) DropStored(context.tenant, batch);
  if (batch.spans.size() == 0) return done({.was_stored_before = true});
  Pending pending{std::move(context), std::move(batch), {}, std::move(done)};
  pending.record = WalRecord(EncodedSpanBatchBytesMax(pending.batch),
                             [&](char* to) { return EncodeSpanBatch(pending.batch, to); });
  const size_t bytes = 2 * pending.record.size() + kPendingOverhead;
  std::unique_lock lock(mutex_);
  if (stopping_) {
    lock.unlock();
    return Refuse(pending, {ErrorCode::kUnavailable, "the server is shutting down"});
  }
  if (queue_bytes_ + bytes > options_.queue_bytes_max && queue_bytes_ > 0) {
    const size_t waiting = queue_bytes_;
    lock.unlock();
    return Refuse(
        pending,
        {ErrorCode::kResourceExhausted,
         fmt::format("ingest queue is full: {} bytes queued, {} more would exceed the limit of {}",
                     waiting, bytes, options_.queue_bytes_max)});
  }
  queue_bytes_ += bytes;
  queue_.push_back(std::move(pending));
  // The commit thread waits for the first batch, then (WaitForMoreBatches) for as many as the last
  // commit had; others need not wake it.
  const bool awaited = queue_.size() == 1 || queue_.size() == last_commit_batches_;
  lock.unlock();
  if (awaited) wake_.notify_one();
}

// Duplicates come soon after the first copy: it is enough to look in segments. Those of a span in a
// block are merged when they are read.
void Ingester::DropStored(const std::string& tenant, SpanBatch& batch) const {
  const auto segments = Segments(tenant);
  const std::vector<TraceId>& ids = batch.spans.trace_id;
  std::vector<uint8_t> stored(ids.size());
  for (uint32_t begin = 0, end = 0; begin < ids.size(); begin = end) {
    for (end = begin + 1; end < ids.size() && ids[end] == ids[begin];) ++end;
    for (const auto& segment : segments) segment->columns.FindStored(batch, begin, end, stored);
  }
  if (std::ranges::find(stored, 1) != stored.end())
    batch = Without(batch, [&](uint32_t row) { return stored[row] != 0; });
}

SpanBatch Ingester::TakeRecycledBatch() {
  const std::lock_guard lock(mutex_);
  if (recycled_batches_.empty()) return {};
  SpanBatch recycled = std::move(recycled_batches_.back());
  recycled_batches_.pop_back();
  return recycled;
}

// Keeps batches so that their memory can be reused. `mutex_` must be held.
void Ingester::RecycleBatches(std::vector<Pending>& batches) {
  for (Pending& pending : batches) {
    if (recycled_batches_.size() == kRecycledBatchesMax) return;
    if (pending.record.size() <= kRecycledRecordBytesMax)
      recycled_batches_.push_back(std::move(pending.batch));
  }
}

// Senders that got their responses together send again together: waiting briefly for as many
// batches as last time halves the number of fsyncs.
void Ingester::WaitForMoreBatches(std::unique_lock<std::mutex>& lock) {
  if (options_.wal_sync == WalSync::kAlways && !queue_.empty() &&
      queue_.size() < last_commit_batches_) {
    wake_.wait_for(lock, kCommitDelayMax,
                   [&] { return stopping_ || queue_.size() >= last_commit_batches_; });
  }
  if (!queue_.empty()) last_commit_batches_ = queue_.size();
}

void Ingester::Run() {
  NameThread("commit");
  for (;;) {
    std::vector<Pending> batches;
    std::vector<FlushRequest> flushes;
    bool stopping = false;
    {
      std::unique_lock lock(mutex_);
      const auto until = options_.wal_sync == WalSync::kInterval && !unsynced_.empty()
                             ? std::min(next_check_, next_sync_)
                             : next_check_;
      wake_.wait_until(lock, until,
                       [&] { return stopping_ || !queue_.empty() || !flush_queue_.empty(); });
      WaitForMoreBatches(lock);
      batches.swap(queue_);
      flushes.swap(flush_queue_);
      stopping = stopping_;
    }
    if (!batches.empty()) Commit(batches);
    for (FlushRequest& request : flushes) HandleFlush(request);
    if (options_.wal_sync == WalSync::kInterval && steady_clock::now() >= next_sync_ &&
        !unsynced_.empty()) {
      if (const Status status = SyncParts(std::exchange(unsynced_, {})); !status)
        SetWalError(status.error().message);
      next_sync_ = steady_clock::now() + options_.wal_sync_interval;
    }
    if (steady_clock::now() >= next_check_) {
      CutOldSegments();
      ProbeWal();
      next_check_ =
          steady_clock::now() +
          (Ready() ? options_.check_period : std::min(options_.check_period, kUnreadyCheckPeriod));
    }
    if (stopping && batches.empty()) return;
  }
}

// Everything that waits is written first and then made durable together: one fsync serves many
// senders.
void Ingester::Commit(std::vector<Pending>& batches) {
  size_t bytes = 0;
  for (const Pending& pending : batches) bytes += 2 * pending.record.size() + kPendingOverhead;
  if (flusher_.WaitBelow(options_.pending_segments_max + 1,
                         steady_clock::now() + kFlusherTimeout)) {
    CommitGroups(GroupByTenant(batches));
  } else {
    const Error full{ErrorCode::kResourceExhausted,
                     fmt::format("{} segments are waiting to be flushed, the limit is {}",
                                 flusher_.pending(), options_.pending_segments_max)};
    for (Pending& pending : batches) Refuse(pending, full);
  }
  const std::lock_guard lock(mutex_);
  queue_bytes_ -= std::min(queue_bytes_, bytes);
  RecycleBatches(batches);
}

std::vector<Ingester::Group> Ingester::GroupByTenant(std::vector<Pending>& batches) {
  std::vector<Group> groups;
  for (Pending& pending : batches) {
    const std::string& tenant = pending.context.tenant;
    auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& g) {
      return g.batches[0]->context.tenant == tenant;
    });
    if (group == groups.end()) group = groups.insert(groups.end(), Group{});
    group->batches.push_back(&pending);
  }
  return groups;
}

void Ingester::CommitGroups(std::vector<Group> groups) {
  std::erase_if(groups, [&](Group& group) {
    const Status status = WriteGroup(group);
    if (status) return false;
    SetWalError(status.error().message);
    for (Pending* pending : group.batches) Refuse(*pending, status.error());
    return true;
  });
  if (groups.empty()) return;
  std::vector<std::shared_ptr<LiveSegment>> touched;
  for (const Group& group : groups) touched.push_back(group.segment);
  const Status synced = options_.wal_sync == WalSync::kAlways ? SyncParts(touched) : Status();
  SetWalError(synced ? "" : synced.error().message);
  for (Group& group : groups) {
    for (Pending* pending : group.batches) {
      if (synced) {
        Accept(*pending, *group.segment);
      } else {
        Refuse(*pending, synced.error());
      }
    }
    if (options_.wal_sync == WalSync::kInterval) unsynced_.push_back(group.segment);
    if (!synced || group.segment->columns.memory_bytes() >= options_.segment_bytes_max)
      CutSegment(group.segment->tenant);
  }
}

// Appends the records of the group to the part of its tenant's segment.
Status Ingester::WriteGroup(Group& group) {
  VIVACE_ASSIGN(group.segment, LiveSegmentOf(group.batches[0]->context.tenant));
  std::vector<const WalRecord*> records;
  for (const Pending* pending : group.batches) records.push_back(&pending->record);
  return group.segment->part->Append(records);
}

Result<std::shared_ptr<LiveSegment>> Ingester::LiveSegmentOf(const std::string& tenant) {
  if (auto segment = table_.Live(tenant)) return segment;
  auto segment = std::make_shared<LiveSegment>();
  segment->id = Uuid::Random();
  segment->tenant = tenant;
  segment->part_path = directory_->PartPath(segment->id);
  VIVACE_ASSIGN(segment->part, WalPart::Create(directory_->files(), segment->part_path,
                                               {segment->id, tenant}, WriteMode()));
  table_.SetLive(segment);
  return segment;
}

void Ingester::Accept(Pending& pending, LiveSegment& segment) {
  const size_t traces = segment.columns.trace_count();
  segment.columns.Append(pending.batch);
  if (sampler_) sampler_->Observe(pending.context.tenant, pending.batch, steady_clock::now());
  TenantMetrics& metrics = MetricsOf(pending.context.tenant);
  metrics.spans.Add(static_cast<double>(pending.batch.spans.size()));
  metrics.bytes.Add(static_cast<double>(pending.context.wire_bytes));
  metrics.ingester_bytes.Add(static_cast<double>(pending.context.wire_bytes));
  metrics.traces.Add(static_cast<double>(segment.columns.trace_count() - traces));
  metrics.live_traces.Set(static_cast<double>(segment.columns.trace_count()));
  metrics.live_bytes.Set(static_cast<double>(segment.columns.memory_bytes()));
  pending.done({});
}

void Ingester::Refuse(Pending& pending, const Error& error) {
  pending.done({error, kRetrySeconds});
}

Status Ingester::SyncParts(const std::vector<std::shared_ptr<LiveSegment>>& touched) {
  Status status;
  for (const auto& segment : touched) {
    if (!segment->part) continue;
    if (Status synced = segment->part->Sync(); !synced) status = std::move(synced);
  }
  return status;
}

void Ingester::CutOldSegments() {
  const auto oldest = steady_clock::now() - options_.segment_age_max;
  for (const std::string& tenant : table_.LiveTenants()) {
    const auto segment = table_.Live(tenant);
    if (segment && segment->created <= oldest && segment->columns.span_count() > 0)
      CutSegment(tenant);
  }
}

void Ingester::CutSegment(const std::string& tenant) {
  const auto segment = table_.Live(tenant);
  if (!segment || segment->columns.span_count() == 0) return;
  segment->sealed = steady_clock::now();
  flusher_.Enqueue(table_.Seal(tenant));
}

bool Ingester::FindTrace(const std::string& tenant, const TraceId& id,
                         SpanBatchBuilder& out) const {
  bool found = false;
  for (const auto& segment : table_.OfTenant(tenant)) found |= segment->columns.FindTrace(id, out);
  return found;
}

std::vector<std::shared_ptr<const LiveSegment>> Ingester::Segments(
    const std::string& tenant) const {
  const auto segments = table_.OfTenant(tenant);
  return {segments.begin(), segments.end()};
}

void Ingester::Flush(std::optional<std::string> tenant, std::function<void(bool known)> done) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      flush_queue_.push_back({std::move(tenant), std::move(done)});
      done = nullptr;
    }
  }
  if (done) return done(false);
  wake_.notify_one();
}

void Ingester::HandleFlush(FlushRequest& request) {
  std::vector<std::string> tenants = table_.LiveTenants();
  const auto sealed = table_.Sealed();
  if (request.tenant) {
    const bool live = std::find(tenants.begin(), tenants.end(), *request.tenant) != tenants.end();
    const bool waiting = std::any_of(sealed.begin(), sealed.end(), [&](const auto& segment) {
      return segment->tenant == *request.tenant;
    });
    if (!live && !waiting) return request.done(false);
    tenants = {*request.tenant};
  }
  for (const std::string& tenant : tenants) CutSegment(tenant);
  flusher_.AfterPending([done = std::move(request.done)] { done(true); });
}

// After a failed write, tries whether the WAL works again, so that readiness returns without
// traffic.
void Ingester::ProbeWal() {
  {
    const std::lock_guard lock(mutex_);
    if (wal_error_.empty()) return;
  }
  const Uuid id = Uuid::Random();
  auto part = WalPart::Create(directory_->files(), directory_->PartPath(id), {id, ""}, WriteMode());
  if (!part) return SetWalError(part.error().message);
  (void)directory_->files().Remove((*part)->path());
  SetWalError("");
}

void Ingester::SetWalError(std::string message) {
  const std::lock_guard lock(mutex_);
  if (message.empty() != wal_error_.empty()) {
    next_check_ = std::min(next_check_, steady_clock::now() + kUnreadyCheckPeriod);
    if (message.empty()) {
      LogInfo("WAL accepts writes again");
    } else {
      LogError("WAL write failed, senders get UNAVAILABLE until it recovers", {{"err", message}});
    }
  }
  wal_error_ = std::move(message);
}

Status Ingester::Ready() const {
  {
    const std::lock_guard lock(mutex_);
    if (!wal_error_.empty())
      return Fail(ErrorCode::kUnavailable, fmt::format("WAL is not writable: {}", wal_error_));
  }
  const std::string error = flusher_.last_error();
  if (!error.empty())
    return Fail(ErrorCode::kUnavailable, fmt::format("cannot write blocks: {}", error));
  return {};
}

void Ingester::Stop(bool flush) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) {
    thread_.join();
    if (flush || options_.flush_on_stop) {
      for (const std::string& tenant : table_.LiveTenants()) CutSegment(tenant);
    }
  }
  flusher_.Stop(flush || options_.flush_on_stop);
}

Ingester::TenantMetrics& Ingester::MetricsOf(const std::string& tenant) {
  const auto found = tenant_metrics_.find(tenant);
  if (found != tenant_metrics_.end()) return found->second;
  const MetricLabels labels{{"tenant", tenant}};
  return tenant_metrics_
      .emplace(tenant,
               TenantMetrics{
                   metrics_.GetCounter("tempo_distributor_spans_received_total", "Spans accepted.",
                                       labels),
                   metrics_.GetCounter("tempo_distributor_bytes_received_total",
                                       "Bytes of accepted requests.", labels),
                   metrics_.GetCounter("tempo_ingester_bytes_received_total",
                                       "Bytes of accepted requests.",
                                       {{"tenant", tenant}, {"data_type", "trace"}}),
                   metrics_.GetCounter("tempo_ingester_traces_created_total",
                                       "Traces created in live segments.", labels),
                   metrics_.GetGauge("tempo_ingester_live_traces", "Traces in the live segment.",
                                     labels),
                   metrics_.GetGauge("tempo_ingester_live_trace_bytes",
                                     "Bytes of the live segment.", labels),
               })
      .first->second;
}

}  // namespace vivace
