// WalDirectory: the folder of the write-ahead log that this process owns.
//
// Processes that are given the same path (replicas on one volume, a server started twice) each lock
// a folder of their own below it, instance-0, instance-1 and so on; a folder that nobody holds is
// taken over with the files in it. The lock is flock on a file, so it goes with the process however
// that ends. Any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "base/uuid.h"

namespace vivace {

class WalDirectory {
 public:
  // What a folder holds, as paths.
  struct Folder {
    std::vector<std::string> files;  // of the log, those without a number first
    std::vector<std::string> parts;  // of version 1, oldest first
  };

  // Locks the first free instance folder below `root` and every other one that is free and has
  // files of a log. `files` must outlive the directory.
  static Result<std::unique_ptr<WalDirectory>> Open(FileSystem& files, const std::string& root);

  FileSystem& files() const { return files_; }

  // Where this process's new files go. A number is taken once.
  const std::string& path() const { return folders_.front().path; }
  std::string FilePath(uint64_t number) const;
  // The number of a file of the log; 0 for others.
  static uint64_t NumberOf(const std::string& path);

  // The folders held, this process's own first. What an earlier process was removing is removed.
  Result<std::vector<Folder>> List() const;

  // Keeps `bytes` of a damaged file for inspection; best effort.
  void QuarantineRecord(const std::string& file, uint64_t offset, uint64_t size) const;
  // Moves a file that is of no use as it is out of the way; its new path.
  Result<std::string> QuarantineFile(const std::string& file) const;
  // Where the records of a segment go that can never be written as a block. Moved back to the
  // folder of the log, the file is read at the next start.
  Result<std::string> QuarantinePath(const Uuid& segment) const;
  // Those that are there, in all folders held; best effort.
  std::vector<std::string> SetAsideFiles() const;

 private:
  struct HeldFolder {
    std::string path;
    std::unique_ptr<FileLock> lock;
  };
  explicit WalDirectory(FileSystem& files) : files_(files) {}
  Status WriteQuarantined(const std::string& target, const std::string& file, uint64_t offset,
                          uint64_t size) const;
  Result<std::string> MakeQuarantine() const;

  FileSystem& files_;
  std::vector<HeldFolder> folders_;
};

}  // namespace vivace
