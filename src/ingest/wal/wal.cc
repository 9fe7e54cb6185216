#include "ingest/wal/wal.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/thread_name.h"

namespace vivace {
namespace {

// Copied records are given to the disk in steps, so that no sync of the log waits for all of them.
constexpr size_t kCopyStepBytes = 1 << 20;
// How often the space is looked at, and how long rewriting rests after a failure.
constexpr auto kCheckPeriod = std::chrono::seconds(10);

Status AppendInSteps(std::span<const std::string_view> records, WalFile& to) {
  for (size_t begin = 0, end = 0; begin < records.size(); begin = end) {
    size_t bytes = 0;
    while (end < records.size() && (end == begin || bytes + records[end].size() < kCopyStepBytes))
      bytes += records[end++].size();
    VIVACE_TRY(to.Append(records.subspan(begin, end - begin)));
    to.WriteBack();
  }
  return {};
}

WalRecord FinishedRecord(std::span<const Uuid> segments) {
  WalRecord record = WalRecord::Finished(segments);
  record.Stamp(0, {});
  return record;
}

}  // namespace

Wal::Wal(const WalDirectory& directory, WalOptions options)
    : directory_(directory), options_(options), thread_([this] { Run(); }) {}

Wal::~Wal() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Wal::Adopt(std::string path, uint64_t size, const WalSpace::Shares& needed,
                std::span<const Uuid> finished) {
  const std::lock_guard lock(mutex_);
  // Files of another folder have numbers of their own there.
  const bool is_own = path.starts_with(directory_.path() + "/");
  last_number_ = std::max(last_number_ + 1, is_own ? WalDirectory::NumberOf(path) : 0);
  space_.AddFile(last_number_, std::move(path));
  for (const auto& [segment, bytes] : needed) space_.AddRecords(last_number_, segment, bytes);
  for (const Uuid& segment : finished) space_.AddFinished(last_number_, segment);
  space_.Close(last_number_, size);
  changed_.notify_all();
}

Status Wal::Commit(std::span<const WalWrite> writes, std::span<const Uuid> finished) {
  if (writes.empty() && finished.empty()) return {};
  const WalRecord finished_record = finished.empty() ? WalRecord() : FinishedRecord(finished);
  std::vector<const WalRecord*> records;
  records.reserve(writes.size() + 1);
  for (const WalWrite& write : writes) records.push_back(write.record);
  if (!finished.empty()) records.push_back(&finished_record);
  Status committed = CommitOnce(records);
  if (!committed && !current_) committed = CommitOnce(records);
  VIVACE_TRY(std::move(committed));
  const std::lock_guard lock(mutex_);
  for (const WalWrite& write : writes)
    space_.AddRecords(current_number_, write.segment, write.record->size());
  for (const Uuid& segment : finished) space_.Finish(segment);
  if (!finished.empty()) changed_.notify_all();
  return {};
}

// Where the file can't be trusted any more there is none afterwards.
Status Wal::CommitOnce(std::span<const WalRecord* const> records) {
  if (!current_ || current_->size() >= options_.file_bytes_max) {
    if (const Status rolled = Roll(); !rolled) {
      if (!current_) return rolled;
      LogWarn("no new file of the WAL, the old one grows", {{"err", rolled.error().message}});
    }
  }
  Status status = current_->Append(records);
  has_unsynced_ = true;
  if (!current_->is_usable()) CloseCurrent();
  if (status && options_.sync_commits) status = Sync();
  return status;
}

Status Wal::Sync() {
  if (!current_ || !has_unsynced_) return {};
  Status synced = current_->Sync();
  has_unsynced_ = false;
  if (!synced) CloseCurrent();
  return synced;
}

Status Wal::Probe() {
  VIVACE_TRY(Sync());
  return Roll();
}

// The next file takes over. It begins with what is finished, so that the files before it may go.
Status Wal::Roll() {
  VIVACE_TRY(Sync());
  const uint64_t number = TakeNumber();
  WalRecord first;
  {
    const std::lock_guard lock(mutex_);
    first = FinishedRecord(space_.FinishedInFiles());
  }
  VIVACE_ASSIGN(auto file, WalFile::Create(directory_.files(), directory_.FilePath(number),
                                           options_.writes, first));
  CloseCurrent();
  current_ = std::move(file);
  current_number_ = number;
  const std::lock_guard lock(mutex_);
  space_.AddFile(number, current_->path());
  names_finished_ = true;
  return {};
}

void Wal::CloseCurrent() {
  if (!current_) return;
  const std::lock_guard lock(mutex_);
  space_.Close(current_number_, current_->size());
  names_finished_ = false;
  current_.reset();
  has_unsynced_ = false;
  changed_.notify_all();
}

uint64_t Wal::TakeNumber() {
  const std::lock_guard lock(mutex_);
  return ++last_number_;
}

uint64_t Wal::disk_bytes() const {
  const std::lock_guard lock(mutex_);
  return space_.disk_bytes();
}

void Wal::Run() {
  NameThread("wal");
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      while (!FindWork() && !stopping_) changed_.wait_for(lock, kCheckPeriod);
      if (stopping_ && finished_files_.empty()) return;
    }
    const std::lock_guard lock(maintenance_mutex_);
    RemoveFinished(std::exchange(finished_files_, {}));
    if (!worth_rewriting_.empty()) Rewrite(std::exchange(worth_rewriting_, {}));
  }
}

// `mutex_` must be held.
bool Wal::FindWork() {
  const auto now = std::chrono::steady_clock::now();
  if (now >= next_removal_ && (names_finished_ || !space_.HasFinishedInNeededFiles()))
    finished_files_ = space_.FinishedFiles();
  if (now >= next_rewrite_ && space_.garbage_bytes() > options_.garbage_bytes_max)
    worth_rewriting_ = space_.WorthRewriting(options_.file_bytes_max);
  return !finished_files_.empty() || !worth_rewriting_.empty();
}

void Wal::RemoveFinished(const std::vector<WalSpace::FileNumber>& numbers) {
  for (const WalSpace::FileNumber number : numbers) {
    const std::string path = PathOf(number);
    const Status removed = RemoveWalFile(directory_.files(), path);
    if (!removed && removed.error().code != ErrorCode::kNotFound) {
      LogWarn("WAL file could not be removed, will retry", {{"err", removed.error().message}});
      next_removal_ = std::chrono::steady_clock::now() + kCheckPeriod;
      return;
    }
    const std::lock_guard lock(mutex_);
    space_.RemoveFile(number);
  }
}

std::string Wal::PathOf(WalSpace::FileNumber number) const {
  const std::lock_guard lock(mutex_);
  return space_.PathOf(number);
}

// Copies what is needed of these files to a new one. A file of which not all can be read stays.
void Wal::Rewrite(const std::vector<WalSpace::FileNumber>& numbers) {
  const uint64_t number = TakeNumber();
  const auto file = WalFile::Create(directory_.files(), directory_.FilePath(number),
                                    WalWriteMode::kBuffered, FinishedRecord({}));
  if (!file) return PutOffRewriting(file.error());
  std::vector<std::pair<WalSpace::FileNumber, WalSpace::Shares>> copied;
  for (const WalSpace::FileNumber from : numbers) {
    auto shares = CopyNeeded(from, **file);
    if (!(*file)->is_usable()) break;
    if (shares) {
      copied.emplace_back(from, *std::move(shares));
      continue;
    }
    LogWarn("WAL file is not rewritten, it stays until all in it is in blocks",
            {{"err", shares.error().message}});
    const std::lock_guard lock(mutex_);
    space_.NeverRewrite(from);
  }
  const Status synced = (*file)->Sync();
  if (!synced) {
    (void)directory_.files().Remove((*file)->path());
    return PutOffRewriting(synced.error());
  }
  Replace(copied, **file, number);
}

void Wal::PutOffRewriting(const Error& error) {
  next_rewrite_ = std::chrono::steady_clock::now() + kCheckPeriod;
  LogWarn("WAL files cannot be rewritten now", {{"err", error.message}});
}

void Wal::Replace(const std::vector<std::pair<WalSpace::FileNumber, WalSpace::Shares>>& copied,
                  const WalFile& by, WalSpace::FileNumber number) {
  const std::lock_guard lock(mutex_);
  space_.AddFile(number, by.path());
  for (const auto& [from, shares] : copied) {
    for (const auto& [segment, bytes] : shares) {
      if (space_.IsUnfinished(segment)) {
        space_.AddRecords(number, segment, bytes);
      } else {
        space_.AddFinished(number, segment);
      }
    }
    space_.Forget(from);
  }
  space_.Close(number, by.size());
}

// Appends the file's records of unfinished segments. An error where not all are there any more.
Result<WalSpace::Shares> Wal::CopyNeeded(WalSpace::FileNumber from, WalFile& to) {
  const std::string path = PathOf(from);
  WalSpace::Shares needed;
  {
    const std::lock_guard lock(mutex_);
    needed = space_.SharesOf(from);
  }
  VIVACE_ASSIGN(const WalFileContents contents, ReadWalFile(directory_.files(), path));
  WalSpace::Shares copied;
  std::vector<std::string_view> records;
  for (const WalEntry& entry : contents.batches) {
    if (!needed.contains(entry.segment)) continue;
    records.push_back(entry.bytes);
    copied[entry.segment] += entry.bytes.size();
  }
  for (const auto& [segment, bytes] : needed) {
    if (copied[segment] < bytes)
      return Damaged(fmt::format("{}: {} of {} bytes of segment {} can be read", path,
                                 copied[segment], bytes, segment.ToString()));
  }
  VIVACE_TRY(AppendInSteps(records, to));
  return copied;
}

Result<std::string> Wal::SetAside(const Uuid& segment) {
  const std::lock_guard maintenance(maintenance_mutex_);
  std::vector<std::string> paths;
  {
    const std::lock_guard lock(mutex_);
    for (const WalSpace::FileNumber number : space_.FilesOf(segment))
      paths.push_back(space_.PathOf(number));
  }
  // Under another id: this one is going to be finished.
  const Uuid id = Uuid::Random();
  VIVACE_ASSIGN(const std::string target, directory_.QuarantinePath(id));
  VIVACE_ASSIGN(const auto file, WalFile::Create(directory_.files(), target,
                                                 WalWriteMode::kBuffered, FinishedRecord({})));
  for (const std::string& path : paths) {
    VIVACE_ASSIGN(const WalFileContents contents, ReadWalFile(directory_.files(), path));
    for (const WalEntry& entry : contents.batches) {
      if (entry.segment != segment) continue;
      const std::string record = WithSegment(entry, id);
      const std::string_view piece = record;
      VIVACE_TRY(file->Append(std::span(&piece, 1)));
    }
  }
  VIVACE_TRY(file->Sync());
  return target;
}

Result<std::string> Wal::SetAsidePart(const std::string& part) {
  return directory_.QuarantineFile(part);
}

void Wal::RemovePart(const std::string& part) {
  const Status removed = RemoveWalFile(directory_.files(), part);
  if (!removed && removed.error().code != ErrorCode::kNotFound)
    LogWarn("WAL part could not be removed", {{"err", removed.error().message}});
}

}  // namespace vivace
