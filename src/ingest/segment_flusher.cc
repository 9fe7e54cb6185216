#include "ingest/segment_flusher.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "base/thread_name.h"
#include "base/unix_time.h"
#include "ingest/wal_part.h"

namespace vivace {
namespace {

using std::chrono::steady_clock;

constexpr int kNice = 10;
constexpr auto kInitialBackoff = std::chrono::seconds(1);
constexpr auto kBackoffMax = std::chrono::seconds(30);
// How often segments that wait for decisions are checked, and from which queue length on none waits
// any more.
constexpr auto kReadyCheckPeriod = std::chrono::milliseconds(200);
constexpr size_t kUrgentQueueLength = 2;

std::vector<double> ExponentialBuckets(double first, int count) {
  std::vector<double> bounds;
  for (double bound = first; count > 0; --count, bound *= 2) bounds.push_back(bound);
  return bounds;
}

}  // namespace

SegmentFlusher::SegmentFlusher(SegmentTable& table, FileSystem& files, ObjectStore& store,
                               BlockOptions options, uint64_t end_slack_seconds,
                               BlockListener on_block, Metrics& metrics, TailSampler* sampler)
    : table_(table),
      files_(files),
      store_(store),
      options_(std::move(options)),
      end_slack_seconds_(end_slack_seconds),
      on_block_(std::move(on_block)),
      sampler_(sampler),
      flushed_(metrics.GetCounter("tempo_ingester_blocks_flushed_total", "Blocks written.")),
      failed_(metrics.GetCounter("tempo_ingester_failed_flushes_total",
                                 "Attempts to write a block that failed.")),
      retries_(
          metrics.GetCounter("tempo_ingester_flush_retries_total", "Retries of block writes.")),
      failed_retries_(metrics.GetCounter("tempo_ingester_flush_failed_retries_total",
                                         "Retries of block writes that failed.")),
      duration_(metrics.GetHistogram("tempo_ingester_flush_duration_seconds",
                                     "Time to write a block.", ExponentialBuckets(1, 10))),
      size_(metrics.GetHistogram("tempo_ingester_flush_size_bytes", "Size of written blocks.",
                                 ExponentialBuckets(1 << 20, 10))),
      queue_length_(metrics.GetGauge("tempo_ingester_flush_queue_length",
                                     "Segments waiting to be written as blocks.")),
      thread_([this] { Run(); }) {}

SegmentFlusher::~SegmentFlusher() { Stop(false); }

void SegmentFlusher::Enqueue(SegmentTable::SegmentPointer segment) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(segment));
    ++queued_count_;
    queue_length_.Set(static_cast<double>(++pending_));
  }
  changed_.notify_all();
}

void SegmentFlusher::AfterPending(std::function<void()> done) {
  {
    const std::lock_guard lock(mutex_);
    if (written_count_ < queued_count_) {
      waiters_.emplace_back(queued_count_, std::move(done));
      return;
    }
  }
  done();
}

bool SegmentFlusher::WaitBelow(size_t limit, steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [&] { return stopping_ || pending_ < limit; }) &&
         !stopping_;
}

void SegmentFlusher::Stop(bool drain) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    drain_ = drain;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::string SegmentFlusher::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

void SegmentFlusher::Run() {
  NameThread("flush");
  LowerPriority(kNice);
  auto backoff = steady_clock::duration(kInitialBackoff);
  bool retry = false;  // what failed comes first again
  for (;;) {
    SegmentTable::SegmentPointer segment;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty() || (stopping_ && !drain_)) return;
      segment = TakeReady();
      if (segment == nullptr) {
        changed_.wait_for(lock, kReadyCheckPeriod);
        continue;
      }
    }
    const bool written = WriteOne(segment, retry);
    retry = !written;
    if (written) {
      backoff = kInitialBackoff;
      continue;
    }
    std::unique_lock lock(mutex_);
    if (stopping_) {
      if (!drain_) return;
      continue;  // it stays in the WAL
    }
    queue_.push_front(std::move(segment));
    changed_.wait_for(lock, backoff, [&] { return stopping_; });
    backoff = std::min<steady_clock::duration>(backoff * 2, kBackoffMax);
  }
}

// The first segment that need not wait for decisions about its traces; null where there is none.
// `mutex_` must be held.
SegmentTable::SegmentPointer SegmentFlusher::TakeReady() {
  const bool is_urgent =
      sampler_ == nullptr || stopping_ || !waiters_.empty() || queue_.size() >= kUrgentQueueLength;
  const auto ready = std::ranges::find_if(queue_, [&](const auto& segment) {
    return is_urgent || sampler_->IsReady(*segment, steady_clock::now());
  });
  if (ready == queue_.end()) return nullptr;
  SegmentTable::SegmentPointer segment = std::move(*ready);
  queue_.erase(ready);
  return segment;
}

bool SegmentFlusher::WriteOne(const SegmentTable::SegmentPointer& segment, bool retry) {
  if (retry) retries_.Add(1);
  const auto start = steady_clock::now();
  const std::unique_ptr<Segment> kept =
      sampler_ == nullptr ? nullptr : sampler_->Filter(*segment, start);
  const Segment& columns = kept ? *kept : segment->columns;
  const Status written =
      columns.span_count() == 0 ? Status() : WriteSegment(*segment, columns, start);
  if (!written) {
    failed_.Add(1);
    if (retry) failed_retries_.Add(1);
    LogError("block write failed, will retry", {{"tenant", segment->tenant},
                                                {"block", segment->id.ToString()},
                                                {"err", written.error().message}});
    const std::lock_guard lock(mutex_);
    last_error_ = written.error().message;
    return false;
  }
  if (kept)
    sampler_->CountDropped(segment->tenant, segment->columns.span_count() - columns.span_count());
  Finish(segment);
  return true;
}

Status SegmentFlusher::WriteSegment(const LiveSegment& segment, const Segment& columns,
                                    steady_clock::time_point start) {
  BlockOptions options = options_;
  options.end_unix_seconds_max = static_cast<uint64_t>(NowUnixSeconds()) + end_slack_seconds_;
  VIVACE_ASSIGN(const BlockMeta meta,
                WriteBlock(columns, store_, segment.tenant, segment.id, options));
  on_block_(meta);
  const std::chrono::duration<double> took = steady_clock::now() - start;
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

// Everything of the segment that is kept is in a block.
void SegmentFlusher::Finish(const SegmentTable::SegmentPointer& segment) {
  table_.RemoveSealed(segment);
  segment->part.reset();
  if (!segment->part_path.empty()) {
    const Status removed = RemoveWalPart(files_, segment->part_path);
    if (!removed)
      LogWarn("WAL part could not be removed",
              {{"part", segment->part_path}, {"err", removed.error().message}});
  }
  std::vector<std::function<void()>> due;
  {
    const std::lock_guard lock(mutex_);
    last_error_.clear();
    ++written_count_;
    std::erase_if(waiters_, [&](auto& waiter) {
      if (waiter.first > written_count_) return false;
      due.push_back(std::move(waiter.second));
      return true;
    });
    queue_length_.Set(static_cast<double>(--pending_));
  }
  changed_.notify_all();
  for (const auto& waiter : due) waiter();
}

}  // namespace vivace
