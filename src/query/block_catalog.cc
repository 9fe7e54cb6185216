#include "query/block_catalog.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "block/read_failure.h"

namespace vivace {
namespace {

// A damaged block is logged at most this often, however many lookups hit it.
constexpr auto kDamageLogPeriod = std::chrono::minutes(1);
// A tenant whose blocks could not be listed is listed again, for a query, at most this often.
constexpr auto kRetryPeriod = std::chrono::seconds(1);
// Of notes by block or tenant: beyond it those that are out of date are dropped.
constexpr size_t kNotesMax = 1000;

// Whether `name` was not noted within `period`; notes it then.
template <typename Key>
bool NoteIfDue(std::map<Key, std::chrono::steady_clock::time_point>& notes, const Key& name,
               std::chrono::nanoseconds period) {
  const auto now = std::chrono::steady_clock::now();
  if (notes.size() > kNotesMax)
    std::erase_if(notes, [&](const auto& note) { return now - note.second >= period; });
  const auto [note, is_new] = notes.try_emplace(name, now);
  if (!is_new && now - note->second < period) return false;
  note->second = now;
  return true;
}

// Requests that may be under way for queries, about: each may ask for several ranges.
constexpr size_t kFetchThreads = 32;

}  // namespace

BlockCatalog::BlockCatalog(const ObjectStore& store, Metrics& metrics, size_t reader_bytes_max)
    : store_(store),
      metrics_(metrics),
      readers_(store, reader_bytes_max),
      fetchers_(store.is_remote() ? std::make_shared<FetchThreads>(kFetchThreads) : nullptr) {}

BlockCatalog::~BlockCatalog() {
  Stop();
  if (fetchers_ != nullptr) fetchers_->Stop();
}

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
  Note(report);
  for (const std::string& tenant : list_.Tenants()) ShowLength(tenant);
  const std::lock_guard lock(mutex_);
  incomplete_.clear();
  return {};
}

void BlockCatalog::Note(const PollReport& report) {
  for (const Error& problem : report.problems) {
    metrics_
        .GetCounter("tempodb_blocklist_poll_errors_total",
                    "Blocks or tenants that could not be listed.")
        .Add(1);
    const bool is_damage = ReadFailureOf(problem) == ReadFailure::kDamage;
    LogWarn(is_damage ? "block skipped: its meta.json is damaged" : "blocks could not be listed",
            {{"err", problem.message}});
  }
}

void BlockCatalog::ShowLength(const std::string& tenant) {
  metrics_.GetGauge("tempodb_blocklist_length", "Live blocks.", {{"tenant", tenant}})
      .Set(static_cast<double>(list_.Snapshot(tenant)->blocks.size()));
}

void BlockCatalog::Add(const BlockMeta& meta) {
  list_.Add(meta);
  ShowLength(meta.tenant_id);
}

bool BlockCatalog::MayTryAgain(const std::string& tenant) {
  const std::lock_guard lock(mutex_);
  return NoteIfDue(tried_again_, tenant, kRetryPeriod);
}

Result<std::shared_ptr<const BlockList::Listed>> BlockCatalog::Blocks(const std::string& tenant) {
  auto listed = list_.Snapshot(tenant);
  if (listed->unknown.has_value() && MayTryAgain(tenant)) {
    Note(list_.PollTenant(store_, tenant));
    listed = list_.Snapshot(tenant);
  }
  if (!listed->unknown.has_value()) return listed;
  return Fail(ErrorCode::kUnavailable, fmt::format("the blocks of tenant {} are not known: {}",
                                                   tenant, listed->unknown->message));
}

Status BlockCatalog::Refresh(const std::vector<std::string>& tenants) {
  for (const std::string& tenant : tenants) {
    const PollReport report = list_.PollTenant(store_, tenant);
    Note(report);
    const auto failed = std::ranges::find_if(report.problems, [](const Error& problem) {
      return ReadFailureOf(problem) == ReadFailure::kUnavailable;
    });
    if (failed != report.problems.end()) return Fail(ErrorCode::kUnavailable, failed->message);
  }
  return {};
}

Counter& BlockCatalog::DamagedReads(Metrics& metrics, const std::string& tenant) {
  return metrics.GetCounter("vivace_damaged_block_reads_total",
                            "Lookups in blocks that could not be read.", {{"tenant", tenant}});
}

void BlockCatalog::ReportDamage(const BlockMeta& meta, const Error& error) {
  DamagedReads(metrics_, meta.tenant_id).Add(1);
  {
    const std::lock_guard lock(mutex_);
    if (ReadFailureOf(error) == ReadFailure::kGone) incomplete_.insert(meta.block_id);
    if (!NoteIfDue(damage_logged_, meta.block_id, kDamageLogPeriod)) return;
  }
  LogError(
      "block skipped: it could not be read",
      {{"tenant", meta.tenant_id}, {"block", meta.block_id.ToString()}, {"err", error.message}});
}

bool BlockCatalog::IsIncomplete(const BlockMeta& meta) const {
  const std::lock_guard lock(mutex_);
  return incomplete_.contains(meta.block_id);
}

}  // namespace vivace
