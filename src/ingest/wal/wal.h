// Wal: the write-ahead log of this process: one sequence of files that all tenants share
// (docs/wal-format.md).
//
// A commit appends the records of many senders and tenants with one write and makes them durable
// with one sync, whatever their number. A file that a write or sync failed on is replaced at once
// and the commit done over; records keep their numbers, so that a copy that survived in the old
// file does no harm. Files that nobody needs any more are removed, and those of which little is
// needed rewritten, on a thread of its own. Commit, Sync and Probe belong to the ingester's commit
// thread; SetAside may be called from any.
//
// On disk: the records of unfinished segments, at most as much again and garbage_bytes_max, and the
// file being written.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "ingest/wal/wal_directory.h"
#include "ingest/wal/wal_file.h"
#include "ingest/wal/wal_space.h"

namespace vivace {

struct WalOptions {
  WalWriteMode writes = WalWriteMode::kDirect;
  bool sync_commits = true;  // else Sync is called now and then
  uint64_t file_bytes_max = 64 << 20;
  uint64_t garbage_bytes_max = 256 << 20;
};

// One record to be written, stamped already.
struct WalWrite {
  const WalRecord* record;
  Uuid segment;
};

class Wal {
 public:
  // `directory` must outlive the log.
  Wal(const WalDirectory& directory, WalOptions options);
  ~Wal();

  // A file that an earlier process left behind, `size` bytes long. Of its records these are needed,
  // and those of the finished segments are not. Before the first commit.
  void Adopt(std::string path, uint64_t size, const WalSpace::Shares& needed,
             std::span<const Uuid> finished);

  // Writes the records and, in the same step, that segments are finished: their records are needed
  // no more. By `sync_commits` durable when it returns. On error nothing was acknowledged, but some
  // of it may be read after a crash.
  Status Commit(std::span<const WalWrite> writes, std::span<const Uuid> finished);
  // Makes durable what was committed since the last time.
  Status Sync();
  // Whether a file can be created and synced.
  Status Probe();

  // Copies the records of a segment that can never become a block to a file that no start reads,
  // whose path it returns. The caller finishes the segment then.
  Result<std::string> SetAside(const Uuid& segment);
  // The same for a part of version 1.
  Result<std::string> SetAsidePart(const std::string& part);
  // A part whose segment is a block; nothing where it was set aside.
  void RemovePart(const std::string& part);

  uint64_t disk_bytes() const;

 private:
  Status CommitOnce(std::span<const WalRecord* const> records);
  Status Roll();
  void CloseCurrent();
  uint64_t TakeNumber();
  std::string PathOf(WalSpace::FileNumber number) const;
  void Run();
  bool FindWork();
  void RemoveFinished(const std::vector<WalSpace::FileNumber>& numbers);
  void Rewrite(const std::vector<WalSpace::FileNumber>& numbers);
  void PutOffRewriting(const Error& error);
  void Replace(const std::vector<std::pair<WalSpace::FileNumber, WalSpace::Shares>>& copied,
               const WalFile& by, WalSpace::FileNumber number);
  Result<WalSpace::Shares> CopyNeeded(WalSpace::FileNumber from, WalFile& to);

  const WalDirectory& directory_;
  const WalOptions options_;
  // Of the commit thread.
  std::unique_ptr<WalFile> current_;
  WalSpace::FileNumber current_number_ = 0;
  bool has_unsynced_ = false;

  std::mutex maintenance_mutex_;  // held while files are rewritten, set aside or removed
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  WalSpace space_;                        // guarded by mutex_
  WalSpace::FileNumber last_number_ = 0;  // guarded by mutex_
  bool names_finished_ = false;  // guarded by mutex_: the current file does, for all others
  bool stopping_ = false;        // guarded by mutex_
  // Of the thread.
  std::vector<WalSpace::FileNumber> finished_files_;
  std::vector<WalSpace::FileNumber> worth_rewriting_;
  std::chrono::steady_clock::time_point next_removal_{};
  std::chrono::steady_clock::time_point next_rewrite_{};
  std::thread thread_;
};

}  // namespace vivace
