// WalDirectory: the folder of WAL parts that this process owns.
//
// Processes that are given the same path (replicas on one volume, a server started twice) each lock
// a folder of their own below it, instance-0, instance-1 and so on; a folder that nobody holds is
// taken over with the parts in it. The lock is flock on a file, so it goes with the process however
// that ends. Used by the ingester's start and its commit thread.
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
  // Locks the first free instance folder below `root` and every other one that is free and holds
  // parts. `files` must outlive the directory.
  static Result<std::unique_ptr<WalDirectory>> Open(FileSystem& files, const std::string& root);

  FileSystem& files() const { return files_; }

  // Where this process's new parts go.
  const std::string& path() const { return folders_.front().path; }
  std::string PartPath(const Uuid& segment) const;
  // The parts of all folders held, oldest first.
  std::vector<std::string> Parts() const;
  // Keeps `bytes` of a damaged part for inspection; best effort.
  void QuarantineRecord(const std::string& part, uint64_t offset, uint64_t size) const;
  // Moves a part that can't be read out of the way; best effort.
  void QuarantinePart(const std::string& part) const;

 private:
  struct Folder {
    std::string path;
    std::unique_ptr<FileLock> lock;
  };
  explicit WalDirectory(FileSystem& files) : files_(files) {}
  Status WriteQuarantined(const std::string& target, const std::string& part, uint64_t offset,
                          uint64_t size) const;
  Result<std::string> MakeQuarantine() const;

  FileSystem& files_;
  std::vector<Folder> folders_;
};

}  // namespace vivace
