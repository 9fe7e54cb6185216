// WalDirectory: the folder of WAL parts that this process owns.
//
// Processes that are given the same path (replicas on one volume, a server started twice) each lock a folder of their own below it,
// instance-0, instance-1 and so on; a folder that nobody holds is taken over with the parts in it. The lock is flock on a file, so it
// goes with the process however that ends. Used by the ingester's start and its commit thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"

namespace vivace {

class WalDirectory {
 public:
  // Locks the first free instance folder below `root` and every other one that is free and holds parts.
  static Result<std::unique_ptr<WalDirectory>> Open(const std::string& root);
  ~WalDirectory();

  // Where this process's new parts go.
  const std::string& path() const { return folders_.front().path; }
  std::string PartPath(const Uuid& segment) const;
  // The parts of all folders held, oldest first.
  std::vector<std::string> Parts() const;
  // Keeps `bytes` of a damaged part for inspection; best effort.
  void Quarantine(const std::string& part, uint64_t offset, uint64_t size) const;
  // Moves a part that can't be read out of the way; best effort.
  void QuarantineWhole(const std::string& part) const;

 private:
  struct Folder {
    std::string path;
    int lock_fd;
  };
  WalDirectory() = default;
  static int TryLock(const std::string& path);

  std::vector<Folder> folders_;
};

}  // namespace vivace
