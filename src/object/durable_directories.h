// DurableDirectories: makes the directories that objects lie in so that they survive a power cut,
// and remembers which ones do: asking the device anew for each object would cost small blocks more
// than their bytes.
//
// Owned by a LocalStore. Any thread; no lock is held while the disk works. A directory that
// somebody else is just making is not taken for durable: it is synced here as well.
#pragma once

#include <mutex>
#include <string>
#include <unordered_set>

#include "base/file_system.h"

namespace vivace {

class DurableDirectories {
 public:
  // `root` is there.
  DurableDirectories(FileSystem& files, std::string root) : files_(files), root_(std::move(root)) {}

  // Makes the missing directories from the root down to `directory`, each one durable.
  // FAILED_PRECONDITION where a file has the name of one of them.
  Status Make(const std::string& directory);
  // It may be gone.
  void Forget(const std::string& directory);

 private:
  Status MakeBelowRoot(const std::string& directory);
  bool IsKnown(const std::string& directory) const;

  static constexpr size_t kRememberedMax = 4096;

  FileSystem& files_;
  const std::string root_;
  mutable std::mutex mutex_;
  std::unordered_set<std::string> known_;  // guarded by mutex_
};

}  // namespace vivace
