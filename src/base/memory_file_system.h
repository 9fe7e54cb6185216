// MemoryFileSystem: files in memory, the twin that tests use. Crash() leaves what a power cut
// would: the bytes that File::Sync and the entries that SyncDirectory made durable, and nothing
// else.
//
// Any thread; one mutex. Files handed out may outlive their names, not the file system. "/" is
// there from the start. Direct writes are buffered ones here.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/file_system.h"

namespace vivace {

class MemoryFileSystem final : public FileSystem {
 public:
  // Open files and locks of before must not be used any more.
  void Crash();

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  Result<MappedFile> Map(const std::string& path) override;
  Result<FileInfo> Info(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status RemoveDirectory(const std::string& path) override;
  Status MakePrivate(const std::string& path) override;
  Status MakeDirectory(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;

 private:
  struct Node {
    bool is_directory = false;
    std::string bytes;
    std::string durable_bytes;
    std::chrono::system_clock::time_point modified = std::chrono::system_clock::now();
  };
  using Entries = std::map<std::string, std::shared_ptr<Node>>;  // by path
  class MemoryFile;
  class MemoryLock;

  // All with mutex_ held.
  Result<std::shared_ptr<Node>> Find(const std::string& path) const;
  Result<std::shared_ptr<Node>> Create(const std::string& path, bool is_directory);
  bool HasChildren(const std::string& path) const;
  static FileInfo InfoOf(const Node& node);

  std::mutex mutex_;
  Entries entries_;
  Entries durable_entries_;
  std::set<std::string> locks_;
};

}  // namespace vivace
