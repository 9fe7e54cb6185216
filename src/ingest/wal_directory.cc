#include "ingest/wal_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace vivace {
namespace {

constexpr int kInstancesMax = 256;
constexpr std::string_view kPartSuffix = ".wal";
constexpr std::string_view kQuarantine = "quarantine";

// Where the folder is not there or cannot be read, it has none.
std::vector<std::string> PartsIn(FileSystem& files, const std::string& folder) {
  std::vector<std::string> parts;
  for (std::string& name : files.List(folder).value_or(std::vector<std::string>())) {
    if (name.ends_with(kPartSuffix) && name.size() > kPartSuffix.size())
      parts.push_back(std::move(name));
  }
  return parts;
}

std::string_view NameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Result<std::unique_ptr<WalDirectory>> WalDirectory::Open(FileSystem& files,
                                                         const std::string& root) {
  std::unique_ptr<WalDirectory> directory(new WalDirectory(files));
  for (int instance = 0; instance < kInstancesMax; ++instance) {
    const std::string path = fmt::format("{}/instance-{}", root, instance);
    if (!directory->folders_.empty() && PartsIn(files, path).empty()) continue;
    Status made = MakeDirectories(files, path);
    if (made) made = files.MakePrivate(path);
    if (!made)
      return Fail(ErrorCode::kUnavailable,
                  fmt::format("create WAL directory {}: {}", path, made.error().message));
    auto lock = files.Lock(path + "/LOCK");
    if (lock) {
      directory->folders_.push_back({path, *std::move(lock)});
    } else if (lock.error().code != ErrorCode::kFailedPrecondition) {
      return Fail(ErrorCode::kUnavailable,
                  fmt::format("lock WAL directory {}: {}", path, lock.error().message));
    }
  }
  if (directory->folders_.empty()) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("all {} WAL directories below {} are in use by other processes",
                            kInstancesMax, root));
  }
  return directory;
}

std::string WalDirectory::PartPath(const Uuid& segment) const {
  return fmt::format("{}/{}{}", path(), segment.ToString(), kPartSuffix);
}

std::vector<std::string> WalDirectory::Parts() const {
  std::vector<std::pair<std::chrono::system_clock::time_point, std::string>> found;
  for (const Folder& folder : folders_) {
    for (const std::string& name : PartsIn(files_, folder.path)) {
      std::string path = folder.path + "/" + name;
      const Result<FileInfo> info = files_.Info(path);
      found.emplace_back(info ? info->modified : std::chrono::system_clock::time_point(),
                         std::move(path));
    }
  }
  std::ranges::sort(found);
  std::vector<std::string> parts;
  for (auto& [time, path] : found) parts.push_back(std::move(path));
  return parts;
}

Result<std::string> WalDirectory::MakeQuarantine() const {
  std::string folder = fmt::format("{}/{}", path(), kQuarantine);
  VIVACE_TRY(MakeDirectories(files_, folder));
  return folder;
}

Status WalDirectory::WriteQuarantined(const std::string& target, const std::string& part,
                                      uint64_t offset, uint64_t size) const {
  VIVACE_TRY(MakeQuarantine());
  VIVACE_ASSIGN(const MappedFile mapped, files_.Map(part));
  VIVACE_ASSIGN(const std::unique_ptr<File> file, files_.Open(target, OpenMode::kAppendOrCreate));
  VIVACE_TRY(file->Truncate(0));
  return file->Append(mapped.bytes.substr(std::min<uint64_t>(offset, mapped.bytes.size()), size));
}

void WalDirectory::QuarantineRecord(const std::string& part, uint64_t offset, uint64_t size) const {
  const std::string target = fmt::format("{}/{}/{}-{}.damaged", path(), kQuarantine,
                                         NameOf(part).substr(0, NameOf(part).rfind('.')), offset);
  if (const Status kept = WriteQuarantined(target, part, offset, size); !kept)
    return LogWarn("damaged WAL record cannot be kept for inspection",
                   {{"file", target}, {"err", kept.error().message}});
  LogWarn("damaged WAL record quarantined", {{"file", target}, {"bytes", fmt::to_string(size)}});
}

void WalDirectory::QuarantinePart(const std::string& part) const {
  const Result<std::string> folder = MakeQuarantine();
  if (folder) (void)files_.Rename(part, fmt::format("{}/{}", *folder, NameOf(part)));
}

}  // namespace vivace
