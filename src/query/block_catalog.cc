#include "query/block_catalog.h"

#include "base/log.h"

namespace vivace {
namespace {

// A damaged block is logged at most this often, however many lookups hit it.
constexpr auto kDamageLogPeriod = std::chrono::minutes(1);

}  // namespace

BlockCatalog::BlockCatalog(const ObjectStore& store, Metrics& metrics, size_t reader_bytes_max)
    : store_(store), metrics_(metrics), reader_bytes_max_(reader_bytes_max) {}

BlockCatalog::~BlockCatalog() { Stop(); }

Status BlockCatalog::Start(std::chrono::nanoseconds period) {
  VIVACE_TRY(Poll());
  thread_ = std::thread([this, period] { Run(period); });
  return {};
}

void BlockCatalog::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void BlockCatalog::Run(std::chrono::nanoseconds period) {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, period, [&] { return stopping_; })) {
    lock.unlock();
    if (const Status status = Poll(); !status)
      LogError("block list could not be polled", {{"err", status.error().message}});
    lock.lock();
  }
}

Status BlockCatalog::Poll() {
  VIVACE_ASSIGN(const PollReport report, list_.Poll(store_));
  for (const Error& problem : report.problems) {
    metrics_
        .GetCounter("tempodb_blocklist_poll_errors_total",
                    "Blocks or tenants that could not be listed.")
        .Add(1);
    LogWarn("block skipped: it could not be listed", {{"err", problem.message}});
  }
  for (const std::string& tenant : list_.Tenants()) {
    metrics_.GetGauge("tempodb_blocklist_length", "Live blocks.", {{"tenant", tenant}})
        .Set(static_cast<double>(list_.Snapshot(tenant)->size()));
  }
  return {};
}

void BlockCatalog::Add(const BlockMeta& meta) {
  list_.Add(meta);
  metrics_.GetGauge("tempodb_blocklist_length", "Live blocks.", {{"tenant", meta.tenant_id}})
      .Set(static_cast<double>(list_.Snapshot(meta.tenant_id)->size()));
}

Result<std::shared_ptr<BlockReader>> BlockCatalog::Reader(const BlockMeta& meta) {
  const std::lock_guard lock(mutex_);
  if (const auto found = readers_.find(meta.block_id); found != readers_.end()) {
    lru_.splice(lru_.begin(), lru_, found->second.lru_position);
    return found->second.reader;
  }
  VIVACE_ASSIGN(auto reader, BlockReader::Open(store_, meta));
  lru_.push_front(meta.block_id);
  readers_[meta.block_id] = {reader, lru_.begin()};
  return reader;
}

void BlockCatalog::Trim() {
  const std::lock_guard lock(mutex_);
  size_t bytes = 0;
  for (auto lru_position = lru_.begin(); lru_position != lru_.end();) {
    const auto entry = readers_.find(*lru_position);
    const BlockReader& reader = *entry->second.reader;
    // A bloom filter and page positions save a lookup more than dictionaries do, so those of
    // readers not used lately go first.
    if (bytes + reader.MemoryBytes() > reader_bytes_max_ / 2) reader.DropDecoded();
    bytes += reader.MemoryBytes();
    if (bytes <= reader_bytes_max_ || lru_position == lru_.begin()) {
      ++lru_position;
      continue;
    }
    readers_.erase(entry);
    lru_position = lru_.erase(lru_position);
  }
}

void BlockCatalog::ReportDamage(const BlockMeta& meta, const Error& error) {
  metrics_
      .GetCounter("vivace_damaged_block_reads_total", "Lookups in blocks that could not be read.",
                  {{"tenant", meta.tenant_id}})
      .Add(1);
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    auto& last = damage_logged_[meta.block_id];
    if (last != std::chrono::steady_clock::time_point() && now - last < kDamageLogPeriod) return;
    last = now;
  }
  LogError(
      "block skipped: it could not be read",
      {{"tenant", meta.tenant_id}, {"block", meta.block_id.ToString()}, {"err", error.message}});
}

}  // namespace vivace
