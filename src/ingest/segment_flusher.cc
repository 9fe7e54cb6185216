#include "ingest/segment_flusher.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "base/log.h"
#include "base/thread_name.h"
#include "base/unix_time.h"
#include "ingest/wal_replay.h"

namespace vivace {
namespace {

constexpr int kNice = 10;
// How often segments that wait for decisions are checked.
constexpr auto kReadyCheckPeriod = std::chrono::milliseconds(200);

std::vector<double> ExponentialBuckets(double first, int count) {
  std::vector<double> bounds;
  for (double bound = first; count > 0; --count, bound *= 2) bounds.push_back(bound);
  return bounds;
}

// Whether no retry can help: something about the tenant's name or the folder is in the way.
bool IsPermanent(const Error& error) {
  return error.code == ErrorCode::kFailedPrecondition || error.code == ErrorCode::kInvalidArgument;
}

}  // namespace

SegmentFlusher::SegmentFlusher(SegmentTable& table, Wal& wal, ObjectStore& store,
                               FlusherOptions options, Listener listener, Metrics& metrics,
                               TailSampler* sampler)
    : table_(table),
      wal_(wal),
      store_(store),
      options_(std::move(options)),
      listener_(std::move(listener)),
      sampler_(sampler),
      flushed_(metrics.GetCounter("tempo_ingester_blocks_flushed_total", "Blocks written.")),
      failed_(metrics.GetCounter("tempo_ingester_failed_flushes_total",
                                 "Attempts to write a block that failed.")),
      retries_(
          metrics.GetCounter("tempo_ingester_flush_retries_total", "Retries of block writes.")),
      failed_retries_(metrics.GetCounter("tempo_ingester_flush_failed_retries_total",
                                         "Retries of block writes that failed.")),
      set_aside_(metrics.GetCounter("vivace_ingester_segments_set_aside_total",
                                    "Segments that can never become a block.")),
      duration_(metrics.GetHistogram("tempo_ingester_flush_duration_seconds",
                                     "Time to write a block.", ExponentialBuckets(1, 10))),
      size_(metrics.GetHistogram("tempo_ingester_flush_size_bytes", "Size of written blocks.",
                                 ExponentialBuckets(1 << 20, 10))),
      queue_length_(metrics.GetGauge("tempo_ingester_flush_queue_length",
                                     "Segments waiting to be written as blocks.")) {
  for (size_t i = 0; i < options_.workers; ++i) threads_.emplace_back([this] { Run(false); });
  threads_.emplace_back([this] { Run(true); });
}

SegmentFlusher::~SegmentFlusher() { Stop(false); }

void SegmentFlusher::Enqueue(SegmentPointer segment) {
  {
    const std::lock_guard lock(mutex_);
    const size_t bytes = segment->columns.memory_bytes();
    entries_.push_back(
        {.segment = std::move(segment), .bytes = bytes, .number = ++last_number_, .error = {}});
    pending_bytes_ += bytes;
    UpdateGauge();
  }
  changed_.notify_all();
}

size_t SegmentFlusher::backlog_bytes() const {
  const std::lock_guard lock(mutex_);
  return pending_bytes_ - failing_bytes_;
}

size_t SegmentFlusher::pending_bytes() const {
  const std::lock_guard lock(mutex_);
  return pending_bytes_;
}

std::string SegmentFlusher::FailureOf(const std::string& tenant) const {
  const std::lock_guard lock(mutex_);
  if (!failing_tenants_.contains(tenant)) return "";
  const auto entry = std::ranges::find_if(
      entries_, [&](const Entry& e) { return !e.error.empty() && e.segment->tenant == tenant; });
  return entry == entries_.end() ? "" : entry->error;
}

void SegmentFlusher::AfterPending(const std::optional<std::string>& tenant,
                                  std::function<void(Status)> done) {
  {
    const std::lock_guard lock(mutex_);
    Waiter waiter{.entries = {}, .status = {}, .done = nullptr};
    for (Entry& entry : entries_) {
      if (tenant && entry.segment->tenant != *tenant) continue;
      waiter.entries.insert(entry.number);
      entry.not_before = {};  // what failed is tried now
    }
    if (!waiter.entries.empty()) {
      waiter.done = std::exchange(done, nullptr);
      waiters_.push_back(std::move(waiter));
    }
  }
  if (done) return done({});
  changed_.notify_all();
}

void SegmentFlusher::Stop(bool drain) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    drain_ = drain;
    for (Entry& entry : entries_) entry.not_before = {};
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::string SegmentFlusher::UnreadyReason() const {
  const size_t tenants = table_.tenant_count();
  const std::lock_guard lock(mutex_);
  const bool fails_for_most = !failing_tenants_.empty() && 2 * failing_tenants_.size() >= tenants;
  if (has_written_since_failure_ || !fails_for_most) return "";
  const auto entry =
      std::ranges::find_if(entries_, [](const Entry& e) { return !e.error.empty(); });
  return entry == entries_.end() ? "" : entry->error;
}

void SegmentFlusher::Run(bool is_helper) {
  NameThread(is_helper ? "flush-help" : "flush");
  if (!is_helper) LowerPriority(kNice);
  for (;;) {
    Entries::iterator entry;
    {
      std::unique_lock lock(mutex_);
      for (;;) {
        if (stopping_ && !drain_) return;
        const auto now = Clock::now();
        entry = Take(is_helper, now);
        if (entry != entries_.end()) break;
        if (stopping_) return;
        changed_.wait_until(lock, NextCheck(now));
      }
      entry->is_in_flight = true;
      in_flight_bytes_ += entry->bytes;
    }
    changed_.notify_all();  // what waits behind it may be the helper's
    Process(entry);
  }
}

// The first segment whose turn it is; the end where there is none. `mutex_` must be held.
SegmentFlusher::Entries::iterator SegmentFlusher::Take(bool is_helper, Clock::time_point now) {
  size_t waiting_bytes = 0;
  auto first = entries_.end();
  const bool is_urgent =
      stopping_ || !waiters_.empty() || pending_bytes_ - failing_bytes_ > options_.helped_bytes;
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->is_in_flight || entry->not_before > now || !IsReady(*entry, is_urgent, now))
      continue;
    if (first == entries_.end()) first = entry;
    waiting_bytes += entry->bytes;
    if (!is_helper || waiting_bytes >= options_.helped_bytes) break;
  }
  if (first == entries_.end()) return first;
  const bool fits =
      in_flight_bytes_ == 0 || in_flight_bytes_ + first->bytes <= options_.in_flight_bytes_max;
  const bool needs_help = !fits && waiting_bytes >= options_.helped_bytes;
  return (is_helper ? needs_help : fits) ? first : entries_.end();
}

// Whether it need not wait for decisions about its traces.
bool SegmentFlusher::IsReady(const Entry& entry, bool is_urgent, Clock::time_point now) const {
  return sampler_ == nullptr || is_urgent || sampler_->IsReady(*entry.segment, now);
}

// When there may be something to do without having been told.
SegmentFlusher::Clock::time_point SegmentFlusher::NextCheck(Clock::time_point now) const {
  auto next = now + std::chrono::minutes(1);
  for (const Entry& entry : entries_) {
    if (entry.is_in_flight) continue;
    if (entry.not_before > now) {
      next = std::min(next, entry.not_before);
    } else if (sampler_ != nullptr) {
      next = std::min<Clock::time_point>(next, now + kReadyCheckPeriod);
    }
  }
  return next;
}

void SegmentFlusher::Process(Entries::iterator entry) {
  ++entry->attempts;
  if (entry->attempts > 1) retries_.Add(1);
  const Status written = Write(*entry->segment);
  if (written) return Finish(entry);
  failed_.Add(1);
  if (entry->attempts > 1) failed_retries_.Add(1);
  if (IsPermanent(written.error()) && ++entry->permanent_errors >= options_.permanent_errors_max) {
    if (SetAside(*entry->segment, written.error())) return Finish(entry);
  }
  OnFailure(entry, written.error());
}

Status SegmentFlusher::Write(const LiveSegment& segment) {
  const auto start = Clock::now();
  if (segment.may_be_in_block) {
    VIVACE_ASSIGN(const bool is_in_block, IsInBlock(segment, store_));
    if (is_in_block) return {};
  }
  const std::unique_ptr<Segment> kept =
      sampler_ == nullptr ? nullptr : sampler_->Filter(segment, start);
  const Segment& columns = kept ? *kept : segment.columns;
  if (columns.span_count() > 0) VIVACE_TRY(WriteColumns(segment, columns, start));
  if (kept)
    sampler_->CountDropped(segment.tenant, segment.columns.span_count() - columns.span_count());
  return {};
}

Status SegmentFlusher::WriteColumns(const LiveSegment& segment, const Segment& columns,
                                    Clock::time_point start) {
  BlockOptions options = options_.block;
  options.end_unix_seconds_max =
      static_cast<uint64_t>(NowUnixSeconds()) + options_.block_end_slack_seconds;
  VIVACE_ASSIGN(const BlockMeta meta,
                WriteBlock(columns, store_, segment.tenant, segment.id, options));
  listener_.on_block(meta);
  const std::chrono::duration<double> took = Clock::now() - start;
  flushed_.Add(1);
  duration_.Observe(took.count());
  size_.Observe(static_cast<double>(meta.size_bytes));
  LogInfo("block written", {{"tenant", segment.tenant},
                            {"block", segment.id.ToString()},
                            {"traces", fmt::to_string(meta.total_objects)},
                            {"spans", fmt::to_string(columns.span_count())},
                            {"bytes", fmt::to_string(meta.size_bytes)},
                            {"seconds", fmt::format("{:.3f}", took.count())}});
  return {};
}

bool SegmentFlusher::SetAside(const LiveSegment& segment, const Error& error) {
  const auto file =
      segment.v1_part.empty() ? wal_.SetAside(segment.id) : wal_.SetAsidePart(segment.v1_part);
  if (!file) {
    LogError("segment could not be set aside", {{"err", file.error().message}});
    return false;
  }
  set_aside_.Add(1);
  LogError(
      "segment can never become a block and was set aside; to bring it back when the cause is "
      "gone, stop the server, move the file to the folder above its own and start",
      {{"tenant", segment.tenant},
       {"spans", fmt::to_string(segment.columns.span_count())},
       {"file", *file},
       {"err", error.message}});
  listener_.on_set_aside(segment, error.message);
  return true;
}

void SegmentFlusher::OnFailure(Entries::iterator entry, const Error& error) {
  // Each segment's own failures are reported ever more seldom.
  if (std::has_single_bit(entry->attempts))
    LogError("block write failed, will retry", {{"tenant", entry->segment->tenant},
                                                {"block", entry->segment->id.ToString()},
                                                {"attempts", fmt::to_string(entry->attempts)},
                                                {"err", error.message}});
  std::unique_lock lock(mutex_);
  if (entry->attempts == 1) {
    failing_bytes_ += entry->bytes;
    ++failing_tenants_[entry->segment->tenant];
    has_written_since_failure_ = false;
  }
  entry->error = error.message;
  const auto delay = options_.retry_delay * (int64_t{1} << std::min(entry->attempts - 1, 20u));
  entry->not_before = stopping_ ? Clock::time_point::max()
                                : Clock::now() + std::min(delay, options_.retry_delay_max);
  entry->is_in_flight = false;
  in_flight_bytes_ -= entry->bytes;
  Release(lock, entry->number, Fail(ErrorCode::kUnavailable, error.message));
}

// Everything of the segment that is kept is in a block, or set aside.
void SegmentFlusher::Finish(Entries::iterator entry) {
  const SegmentPointer segment = entry->segment;
  table_.RemoveSealed(segment);
  if (!segment->v1_part.empty()) wal_.RemovePart(segment->v1_part);
  listener_.on_finished(*segment);
  std::unique_lock lock(mutex_);
  pending_bytes_ -= entry->bytes;
  in_flight_bytes_ -= entry->bytes;
  if (!entry->error.empty()) {
    failing_bytes_ -= entry->bytes;
    if (--failing_tenants_[segment->tenant] == 0) failing_tenants_.erase(segment->tenant);
  }
  has_written_since_failure_ = true;
  const uint64_t number = entry->number;
  entries_.erase(entry);
  UpdateGauge();
  Release(lock, number, {});
}

// Tells those who wait for the entry.
void SegmentFlusher::Release(std::unique_lock<std::mutex>& lock, uint64_t number,
                             const Status& status) {
  std::vector<Waiter> due;
  std::erase_if(waiters_, [&](Waiter& waiter) {
    if (waiter.entries.erase(number) > 0 && !status) waiter.status = status;
    if (!waiter.entries.empty()) return false;
    due.push_back(std::move(waiter));
    return true;
  });
  lock.unlock();
  changed_.notify_all();
  for (const Waiter& waiter : due) waiter.done(waiter.status);
}

void SegmentFlusher::UpdateGauge() { queue_length_.Set(static_cast<double>(entries_.size())); }

}  // namespace vivace
