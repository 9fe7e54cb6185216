#include "base/file_system.h"

#include <filesystem>

#include "base/error_context.h"

namespace vivace {

std::string ParentDirectory(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

Status MakeDirectories(FileSystem& files, const std::string& path) {
  Status made = files.MakeDirectory(path);
  const std::string parent = ParentDirectory(path);
  if (!made && made.error().code == ErrorCode::kNotFound && parent != path) {
    VIVACE_TRY(MakeDirectories(files, parent));
    made = files.MakeDirectory(path);
  }
  const bool was_there = !made && made.error().code == ErrorCode::kAlreadyExists;
  if (!made && !was_there) return made;
  // Also where it was there: whoever made it may not have got so far.
  Status synced = SyncParent(files, path);
  if (!synced && !was_there) (void)files.RemoveDirectory(path);
  return synced;
}

Status SyncParent(FileSystem& files, const std::string& path) {
  const std::string directory = ParentDirectory(path);
  return WithContext(files.SyncDirectory(directory), "flush directory " + directory);
}

Status RemoveAll(FileSystem& files, const std::string& path) {
  const Status removed = files.Remove(path);
  if (removed || removed.error().code == ErrorCode::kNotFound) return {};
  if (removed.error().code != ErrorCode::kFailedPrecondition) return removed;
  VIVACE_ASSIGN(const std::vector<std::string> names, files.List(path));
  for (const std::string& name : names) VIVACE_TRY(RemoveAll(files, path + "/" + name));
  return files.RemoveDirectory(path);
}

}  // namespace vivace
