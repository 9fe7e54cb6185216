// FaultyFileSystem: hands every operation to another file system, except those that a test wants to
// fail (fault_plan.h). An append that fails has written the first half of its bytes.
//
// Any thread. The inner file system and this one must outlive the files that they hand out.
#pragma once

#include "base/fault_plan.h"
#include "base/file_system.h"

namespace vivace {

class FaultyFileSystem final : public FileSystem {
 public:
  enum class Kind { kOpen, kAppend, kRead, kTruncate, kSync, kRename, kRemove, kDirectory, kLock };

  explicit FaultyFileSystem(FileSystem& inner) : inner_(inner) {}

  FaultPlan<Kind>& plan() { return plan_; }

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
  FileSystem& inner_;
  FaultPlan<Kind> plan_;
};

}  // namespace vivace
