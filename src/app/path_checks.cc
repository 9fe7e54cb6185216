#include "app/path_checks.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/ascii.h"
#include "base/file_system.h"

namespace vivace {
namespace {

std::unexpected<Error> Unusable(std::string_view key, const std::string& path, int error) {
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("{}: {}: {}", key, path, ToLowerAscii(std::string_view(std::strerror(error)))));
}

// 0, or why not.
int ReasonAgainst(const std::string& path, int access_mode) {
  return ::access(path.c_str(), access_mode) == 0 ? 0 : errno;
}

bool IsDirectory(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

Status CheckDataDirectory(std::string_view key, const std::string& path) {
  if (path.empty()) return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: must be set", key));
  std::string there = path;
  int error = 0;
  while ((error = ReasonAgainst(there, F_OK)) == ENOENT && ParentDirectory(there) != there)
    there = ParentDirectory(there);
  if (error != 0) return Unusable(key, path, error);
  if (!IsDirectory(there)) return Unusable(key, path, ENOTDIR);
  error = ReasonAgainst(there, R_OK | W_OK | X_OK);
  if (error == 0) return {};
  return Unusable(key, there == path ? path : fmt::format("{}: in {}", path, there), error);
}

Status CheckAppendableFile(std::string_view key, const std::string& path) {
  if (IsDirectory(path)) return Unusable(key, path, EISDIR);
  const int error = ReasonAgainst(path, W_OK);
  if (error == 0) return {};
  if (error != ENOENT) return Unusable(key, path, error);
  const std::string parent = ParentDirectory(path);
  const int of_parent = IsDirectory(parent) ? ReasonAgainst(parent, W_OK | X_OK) : ENOENT;
  return of_parent == 0 ? Status() : Unusable(key, path, of_parent);
}

Status CheckReadableFile(std::string_view key, const std::string& path) {
  if (path.empty()) return {};
  if (IsDirectory(path)) return Unusable(key, path, EISDIR);
  const int error = ReasonAgainst(path, R_OK);
  return error == 0 ? Status() : Unusable(key, path, error);
}

bool IsReadableByAll(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0 && (info.st_mode & S_IROTH) != 0;
}

}  // namespace vivace
