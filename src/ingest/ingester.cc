#include "ingest/ingester.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/thread_name.h"
#include "columns/span_batch_codec.h"
#include "ingest/cut_schedule.h"
#include "ingest/wal_replay.h"

namespace vivace {
namespace {

constexpr uint32_t kRetrySeconds = 1;
// How often readiness is checked while the WAL or the block store fails.
constexpr std::chrono::nanoseconds kUnreadyCheckPeriod = std::chrono::seconds(1);
// How often held batches are tried again without having been told.
constexpr auto kHeldCheckPeriod = std::chrono::milliseconds(100);

// Direct writes pay off where every write is synced at once.
WalOptions WalOptionsOf(const IngesterOptions& options) {
  const bool sync_commits = options.wal_sync == WalSync::kAlways;
  return {.writes = sync_commits ? WalWriteMode::kDirect : WalWriteMode::kBuffered,
          .sync_commits = sync_commits};
}

}  // namespace

Result<std::unique_ptr<Ingester>> Ingester::Start(IngesterOptions options, FileSystem& files,
                                                  ObjectStore& store, Metrics& metrics,
                                                  std::function<void(const BlockMeta&)> on_block) {
  VIVACE_ASSIGN(auto directory, WalDirectory::Open(files, options.wal_path));
  std::unique_ptr<Ingester> ingester(
      new Ingester(std::move(options), store, metrics, std::move(on_block), std::move(directory)));
  VIVACE_TRY(ingester->AdoptReplayed(store));
  if (ingester->sampler_) ingester->sampler_->Start();
  ingester->thread_ = std::thread([raw = ingester.get()] { raw->Run(); });
  return ingester;
}

Ingester::Ingester(IngesterOptions options, ObjectStore& store, Metrics& metrics,
                   std::function<void(const BlockMeta&)> on_block,
                   std::unique_ptr<WalDirectory> directory)
    : options_(std::move(options)),
      metrics_(metrics),
      directory_(std::move(directory)),
      wal_(*directory_, WalOptionsOf(options_)),
      sampler_(options_.overrides == nullptr
                   ? nullptr
                   : std::make_unique<TailSampler>(
                         TailSamplerOptions{
                             options_.overrides,
                             [this](const std::string& tenant) { return Segments(tenant); }},
                         metrics)),
      queue_(options_.queue_bytes_max, options_.wal_sync == WalSync::kAlways),
      held_(options_.queue_bytes_max / 2, options_.full_timeout),
      next_check_(Clock::now() + options_.check_period),
      next_sync_(Clock::now()),
      flusher_(table_, wal_, store, options_.flusher, FlushListener(std::move(on_block)), metrics,
               sampler_.get()) {}

Ingester::~Ingester() { Stop(); }

SegmentFlusher::Listener Ingester::FlushListener(std::function<void(const BlockMeta&)> on_block) {
  const auto on_finished = [this](const LiveSegment& segment) {
    queue_.AddFinished(segment.v1_part.empty() ? std::optional(segment.id) : std::nullopt);
  };
  const auto on_set_aside = [this](const LiveSegment& segment, const std::string& reason) {
    set_aside_.Add(segment.tenant, segment.columns);
    queue_.Refuse(segment.tenant, reason, Clock::now() + options_.set_aside_pause);
  };
  return {std::move(on_block), on_finished, on_set_aside};
}

// The newest segment of a tenant goes on taking spans, the others become blocks.
Status Ingester::AdoptReplayed(const ObjectStore& store) {
  FindSetAside(*directory_, set_aside_);
  VIVACE_ASSIGN(auto replayed, ReplayWal(*directory_, store, wal_, metrics_));
  for (auto& [segment, takes_more] : replayed) {
    if (sampler_) sampler_->ObserveSegment(*segment, Clock::now());
    if (takes_more && segment->columns.memory_bytes() < options_.segment_bytes_max) {
      CutSegment(segment->tenant);
      live_bytes_ += segment->columns.memory_bytes();
      table_.SetLive(std::move(segment));
    } else {
      segment->sealed = Clock::now();
      table_.AddSealed(segment);
      flusher_.Enqueue(std::move(segment));
    }
  }
  return {};
}

void Ingester::Push(PushContext context, SpanBatch batch, std::function<void(PushResult)> done) {
  if (context.is_replayable) DropStored(context.tenant, batch);
  if (batch.spans.size() == 0) return done({.was_stored_before = true});
  auto pending = std::make_unique<PendingBatch>(std::move(context), std::move(batch), WalRecord(),
                                                std::move(done));
  pending->record =
      WalRecord::Batch(pending->context.tenant, EncodedSpanBatchBytesMax(pending->batch),
                       [&](char* to) { return EncodeSpanBatch(pending->batch, to); });
  pending->batch_bytes = pending->batch.MemoryBytes();
  if (const Status taken = queue_.Push(pending); !taken) {
    // What cannot succeed for minutes is not worth a retry.
    const bool is_worth_retrying = taken.error().code != ErrorCode::kFailedPrecondition;
    Refuse(*pending, {taken.error(), is_worth_retrying ? kRetrySeconds : 0});
  }
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

SpanBatch Ingester::TakeRecycledBatch() { return stored_.Take(); }

void Ingester::Run() {
  NameThread("commit");
  for (;;) {
    CommitQueue::Work work = WaitForWork();
    const bool is_done = is_last_ && work.batches.empty();
    if (!work.batches.empty() || !work.finished.empty())
      Commit(std::move(work.batches), std::move(work.finished));
    for (CommitQueue::FlushRequest& request : work.flushes) HandleFlush(request);
    if (options_.wal_sync == WalSync::kInterval && Clock::now() >= next_sync_) SyncNow();
    if (Clock::now() >= next_check_) RunChecks();
    if (is_done) return;
  }
}

CommitQueue::Work Ingester::WaitForWork() {
  auto until = next_check_;
  if (!unsynced_.empty()) until = std::min(until, next_sync_);
  if (!held_.empty()) until = std::min(until, next_held_check_);
  CommitQueue::Work work = queue_.Wait(until);
  is_last_ = work.is_last;
  const auto now = Clock::now();
  if (work.may_release || is_last_ || now >= next_held_check_) {
    std::vector<PendingPointer> released;
    held_.TakeAll(released);
    next_held_check_ = now + kHeldCheckPeriod;
    work.batches.insert(work.batches.begin(), std::make_move_iterator(released.begin()),
                        std::make_move_iterator(released.end()));
  }
  // What could not be written then has time until there is something else to write.
  if (!work.batches.empty() || now >= next_check_)
    std::ranges::move(std::exchange(finished_later_, {}), std::back_inserter(work.finished));
  return work;
}

void Ingester::RunChecks() {
  CutOldSegments();
  ProbeWal();
  const auto period =
      Ready() ? options_.check_period : std::min(options_.check_period, kUnreadyCheckPeriod);
  next_check_ = Clock::now() + period;
}

// Everything that waits is written first and then made durable together: one sync serves many
// senders.
void Ingester::Commit(std::vector<PendingPointer> batches, std::vector<Uuid> finished) {
  std::vector<Group> groups = GroupByTenant(std::move(batches));
  CommitGroups(groups, std::move(finished));
  queue_.Release(std::exchange(answered_bytes_, 0));
}

std::vector<Ingester::Group> Ingester::GroupByTenant(std::vector<PendingPointer> batches) {
  std::vector<Group> groups;
  std::unordered_map<std::string_view, size_t> of_tenant;
  for (PendingPointer& pending : batches) {
    const auto [group, is_new] = of_tenant.try_emplace(pending->context.tenant, groups.size());
    if (is_new) groups.emplace_back();
    groups[group->second].batches.push_back(std::move(pending));
  }
  return groups;
}

void Ingester::CommitGroups(std::vector<Group>& groups, std::vector<Uuid> finished) {
  new_tenants_ = 0;
  std::erase_if(groups, [&](Group& group) { return !Prepare(group); });
  if (groups.empty() && finished.empty()) return;
  const Status written = WriteGroups(groups, finished);
  SetWalError(written ? "" : written.error().message);
  if (!written) {
    for (Group& group : groups) RefuseAll(group, written.error());
    std::ranges::move(finished, std::back_inserter(finished_later_));
    return;
  }
  for (Group& group : groups) AcceptGroup(group);
  CutLargestSegments();
}

// Finds the segment that the group goes to; false where its batches were held or refused.
bool Ingester::Prepare(Group& group) {
  const std::string& tenant = group.tenant();
  if (const Status room = MakeRoom(tenant); !room) {
    Hold(group, room.error());
    return false;
  }
  group.segment = table_.Live(tenant);
  if (group.segment) return true;
  if (!table_.HasTenant(tenant) && table_.tenant_count() + new_tenants_ >= options_.tenants_max) {
    RefuseAll(group,
              {ErrorCode::kResourceExhausted,
               fmt::format("no room for tenant \"{}\": {} tenants have spans that are not "
                           "in blocks yet, the limit is {} (vivace.max_tenants)",
                           tenant, table_.tenant_count() + new_tenants_, options_.tenants_max)});
    return false;
  }
  ++new_tenants_;
  group.segment = std::make_shared<LiveSegment>();
  group.segment->id = Uuid::Random();
  group.segment->tenant = tenant;
  return true;
}

// An error where the tenant can't get more into memory now.
Status Ingester::MakeRoom(const std::string& tenant) {
  if (held_.HoldsFor(tenant))
    return Fail(ErrorCode::kResourceExhausted, "earlier spans of the tenant are waiting");
  if (const size_t bytes = live_bytes_ + flusher_.pending_bytes();
      bytes >= options_.segments_bytes_max) {
    return Fail(ErrorCode::kResourceExhausted,
                fmt::format("spans that are not in blocks yet take {} bytes of memory, the limit "
                            "is {} (vivace.memory_limit)",
                            bytes, options_.segments_bytes_max));
  }
  const auto segment = table_.Live(tenant);
  if (!segment || segment->columns.memory_bytes() < options_.segment_bytes_max) return {};
  if (MaySeal(tenant)) {
    CutSegment(tenant);
    return {};
  }
  const std::string failure = flusher_.FailureOf(tenant);
  if (!failure.empty())
    return Fail(ErrorCode::kResourceExhausted,
                fmt::format("the tenant's blocks cannot be written: {}", failure));
  return Fail(ErrorCode::kResourceExhausted,
              fmt::format("{} bytes of segments are waiting to be flushed, the limit is {}",
                          flusher_.backlog_bytes(), options_.backlog_bytes_max));
}

// Has the batches wait for room, those that cannot wait any longer are refused for this reason.
void Ingester::Hold(Group& group, const Error& reason) {
  const auto now = Clock::now();
  for (PendingPointer& pending : group.batches) {
    if (is_last_ || !held_.Add(pending, now)) Answer(std::move(pending), {reason, kRetrySeconds});
  }
}

Status Ingester::WriteGroups(std::span<const Group> groups, std::span<const Uuid> finished) {
  std::vector<WalWrite> writes;
  for (const Group& group : groups) {
    for (const PendingPointer& pending : group.batches) {
      pending->record.Stamp(group.segment->next_record++, group.segment->id);
      writes.push_back({&pending->record, group.segment->id});
    }
  }
  return wal_.Commit(writes, finished);
}

void Ingester::AcceptGroup(Group& group) {
  LiveSegment& segment = *group.segment;
  const std::string& tenant = segment.tenant;  // the batches go
  const size_t before = segment.columns.memory_bytes();
  if (segment.columns.span_count() == 0) table_.SetLive(group.segment);
  for (PendingPointer& pending : group.batches) Accept(std::move(pending), segment);
  const size_t bytes = segment.columns.memory_bytes();
  live_bytes_ += bytes - std::min(before, bytes);
  if (options_.wal_sync == WalSync::kInterval) unsynced_[tenant] = group.segment;
  if (bytes >= options_.segment_bytes_max && MaySeal(tenant)) CutSegment(tenant);
}

void Ingester::Accept(PendingPointer pending, LiveSegment& segment) {
  const size_t traces = segment.columns.trace_count();
  segment.columns.Append(pending->batch);
  if (sampler_) sampler_->Observe(segment.tenant, pending->batch, Clock::now());
  MetricsOf(segment.tenant)
      .OnBatch(pending->context, pending->batch.spans.size(),
               segment.columns.trace_count() - traces, segment.columns);
  stored_.Give(std::move(pending->batch), pending->batch_bytes);
  Answer(std::move(pending), {});
}

void Ingester::Answer(PendingPointer pending, PushResult result) {
  answered_bytes_ += pending->queue_bytes();
  if (result.error) return Refuse(*pending, std::move(result));
  pending->done(std::move(result));
}

// Any thread. Those who send know; who runs the server shall too.
void Ingester::Refuse(PendingBatch& pending, PushResult result) {
  const PushContext& context = pending.context;
  metrics_
      .GetCounter("vivace_ingester_refused_spans_total",
                  "Spans that could not be stored and were refused; senders retry most of them.",
                  {{"tenant", context.tenant}})
      .Add(static_cast<double>(pending.batch.spans.size()));
  refusals_.Report(context.tenant, result.error->message);
  pending.done(std::move(result));
}

void Ingester::RefuseAll(Group& group, const Error& error) {
  for (PendingPointer& pending : group.batches) Answer(std::move(pending), {error, kRetrySeconds});
}

// Of wal_fsync interval. What the device may have lost becomes blocks.
void Ingester::SyncNow() {
  next_sync_ = Clock::now() + options_.wal_sync_interval;
  const auto touched = std::exchange(unsynced_, {});
  if (touched.empty()) return;
  const Status synced = wal_.Sync();
  if (synced) return;
  SetWalError(synced.error().message);
  for (const auto& [tenant, segment] : touched) {
    if (table_.Live(tenant) == segment) CutSegment(tenant);
  }
}

bool Ingester::MaySeal(const std::string& tenant) const {
  return flusher_.backlog_bytes() < options_.backlog_bytes_max &&
         flusher_.FailureOf(tenant).empty();
}

void Ingester::CutOldSegments() {
  auto segments = table_.LiveSegments();
  std::ranges::sort(segments, {}, [](const auto& segment) { return segment->created; });
  const auto now = Clock::now();
  std::vector<std::chrono::nanoseconds> ages;
  for (const auto& segment : segments) ages.push_back(now - segment->created);
  segments.resize(SegmentsToCut(ages, options_.segment_age_max, options_.check_period));
  for (const auto& segment : segments) {
    if (MaySeal(segment->tenant)) CutSegment(segment->tenant);
  }
}

// Where live segments take more than half of the memory for all.
void Ingester::CutLargestSegments() {
  if (live_bytes_ <= options_.segments_bytes_max / 2) return;
  // On the way of every commit then, when none may be sealed: not worth sorting them.
  if (flusher_.backlog_bytes() >= options_.backlog_bytes_max) return;
  auto segments = table_.LiveSegments();
  std::ranges::sort(segments, std::greater(),
                    [](const auto& segment) { return segment->columns.memory_bytes(); });
  for (const auto& segment : segments) {
    if (live_bytes_ <= options_.segments_bytes_max / 2) return;
    if (MaySeal(segment->tenant)) CutSegment(segment->tenant);
  }
}

void Ingester::CutAllSegments() {
  for (const auto& segment : table_.LiveSegments()) CutSegment(segment->tenant);
}

void Ingester::CutSegment(const std::string& tenant) {
  const auto segment = table_.Live(tenant);
  if (!segment || segment->columns.span_count() == 0) return;
  live_bytes_ -= std::min(live_bytes_, segment->columns.memory_bytes());
  segment->sealed = Clock::now();
  MetricsOf(tenant).OnCut();
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

void Ingester::Flush(std::optional<std::string> tenant, std::function<void(Status)> done) {
  CommitQueue::FlushRequest request{std::move(tenant), std::move(done)};
  if (!queue_.AddFlush(request))
    request.done(Fail(ErrorCode::kUnavailable, "the server is shutting down"));
}

void Ingester::HandleFlush(CommitQueue::FlushRequest& request) {
  if (request.tenant && !table_.HasTenant(*request.tenant))
    return request.done(Fail(ErrorCode::kNotFound, "unknown tenant"));
  if (request.tenant) {
    CutSegment(*request.tenant);
  } else {
    CutAllSegments();
  }
  flusher_.AfterPending(request.tenant, std::move(request.done));
}

// After a failed write, tries whether the WAL works again, so that readiness returns without
// traffic.
void Ingester::ProbeWal() {
  {
    const std::lock_guard lock(mutex_);
    if (wal_error_.empty()) return;
  }
  const Status probed = wal_.Probe();
  SetWalError(probed ? "" : probed.error().message);
}

void Ingester::SetWalError(std::string message) {
  const std::lock_guard lock(mutex_);
  if (message.empty() != wal_error_.empty()) {
    next_check_ = std::min(next_check_, Clock::now() + kUnreadyCheckPeriod);
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
  const std::string error = flusher_.UnreadyReason();
  if (!error.empty())
    return Fail(ErrorCode::kUnavailable, fmt::format("cannot write blocks: {}", error));
  return {};
}

void Ingester::Stop(bool flush) {
  queue_.Stop();
  if (!thread_.joinable()) return flusher_.Stop(false);
  thread_.join();
  const bool drain = flush || options_.flush_on_stop;
  if (drain) CutAllSegments();
  flusher_.Stop(drain);
  std::vector<Uuid> last = queue_.TakeFinished();
  std::ranges::move(std::exchange(finished_later_, {}), std::back_inserter(last));
  if (const Status finished = wal_.Commit({}, last); !finished)
    LogWarn("WAL does not know of the last blocks", {{"err", finished.error().message}});
}

TenantMetrics& Ingester::MetricsOf(const std::string& tenant) {
  const auto found = tenant_metrics_.find(tenant);
  if (found != tenant_metrics_.end()) return found->second;
  if (tenant_metrics_.size() >= Metrics::kSeriesMax) tenant_metrics_.clear();  // can be had again
  return tenant_metrics_.try_emplace(tenant, metrics_, tenant).first->second;
}

}  // namespace vivace
