#include "ingest/wal/wal_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/error_context.h"
#include "base/log.h"
#include "ingest/wal/wal_file.h"

namespace vivace {
namespace {

constexpr int kInstancesMax = 256;
constexpr std::string_view kFileSuffix = ".log";
constexpr std::string_view kPartV1Suffix = ".wal";
constexpr std::string_view kQuarantine = "quarantine";

std::string_view NameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool IsOfALog(const std::string& name) {
  return name.ends_with(kFileSuffix) || name.ends_with(kPartV1Suffix) ||
         name.ends_with(kWalRemovedSuffix);
}

// None where the folder is not there.
Result<std::vector<std::string>> NamesIn(FileSystem& files, const std::string& folder) {
  auto names = files.List(folder);
  if (!names && names.error().code == ErrorCode::kNotFound) return std::vector<std::string>();
  return WithContext(std::move(names), folder);
}

void SortByTime(FileSystem& files, std::vector<std::string>& paths) {
  std::vector<std::pair<std::chrono::system_clock::time_point, std::string>> found;
  for (std::string& path : paths) {
    const Result<FileInfo> info = files.Info(path);
    found.emplace_back(info ? info->modified : std::chrono::system_clock::time_point(),
                       std::move(path));
  }
  std::ranges::sort(found);
  std::ranges::transform(found, paths.begin(), [](auto& item) { return std::move(item.second); });
}

}  // namespace

Result<std::unique_ptr<WalDirectory>> WalDirectory::Open(FileSystem& files,
                                                         const std::string& root) {
  std::unique_ptr<WalDirectory> directory(new WalDirectory(files));
  for (int instance = 0; instance < kInstancesMax; ++instance) {
    const std::string path = fmt::format("{}/instance-{}", root, instance);
    VIVACE_ASSIGN(const std::vector<std::string> names, NamesIn(files, path));
    if (!directory->folders_.empty() && std::ranges::none_of(names, IsOfALog)) continue;
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

std::string WalDirectory::FilePath(uint64_t number) const {
  return fmt::format("{}/{:016}{}", path(), number, kFileSuffix);
}

uint64_t WalDirectory::NumberOf(const std::string& path) {
  std::string_view name = NameOf(path);
  if (!name.ends_with(kFileSuffix)) return 0;
  name.remove_suffix(kFileSuffix.size());
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.begin(), name.end(), number);
  return error == std::errc() && end == name.end() ? number : 0;
}

Result<std::vector<WalDirectory::Folder>> WalDirectory::List() const {
  std::vector<Folder> folders;
  for (const HeldFolder& held : folders_) {
    Folder& folder = folders.emplace_back();
    VIVACE_ASSIGN(const std::vector<std::string> names, NamesIn(files_, held.path));
    for (const std::string& name : names) {
      const std::string path = held.path + "/" + name;
      if (name.ends_with(kWalRemovedSuffix)) {
        (void)RemoveWalFile(files_, path);
      } else if (name.ends_with(kFileSuffix)) {
        folder.files.push_back(path);
      } else if (name.ends_with(kPartV1Suffix)) {
        folder.parts.push_back(path);
      }
    }
    std::ranges::sort(folder.files, {}, NumberOf);
    SortByTime(files_, folder.parts);
  }
  return folders;
}

Result<std::string> WalDirectory::MakeQuarantine() const {
  std::string folder = fmt::format("{}/{}", path(), kQuarantine);
  VIVACE_TRY(MakeDirectories(files_, folder));
  return folder;
}

Status WalDirectory::WriteQuarantined(const std::string& target, const std::string& file,
                                      uint64_t offset, uint64_t size) const {
  VIVACE_TRY(MakeQuarantine());
  VIVACE_ASSIGN(const MappedFile mapped, files_.Map(file));
  VIVACE_ASSIGN(const std::unique_ptr<File> copy, files_.Open(target, OpenMode::kAppendOrCreate));
  VIVACE_TRY(copy->Truncate(0));
  return copy->Append(mapped.bytes.substr(std::min<uint64_t>(offset, mapped.bytes.size()), size));
}

void WalDirectory::QuarantineRecord(const std::string& file, uint64_t offset, uint64_t size) const {
  const std::string target = fmt::format("{}/{}/{}-{}.damaged", path(), kQuarantine,
                                         NameOf(file).substr(0, NameOf(file).rfind('.')), offset);
  if (const Status kept = WriteQuarantined(target, file, offset, size); !kept)
    return LogWarn("damaged WAL record cannot be kept for inspection",
                   {{"file", target}, {"err", kept.error().message}});
  LogWarn("damaged WAL record quarantined", {{"file", target}, {"bytes", fmt::to_string(size)}});
}

Result<std::string> WalDirectory::QuarantineFile(const std::string& file) const {
  VIVACE_ASSIGN(const std::string folder, MakeQuarantine());
  std::string target = fmt::format("{}/{}", folder, NameOf(file));
  VIVACE_TRY(files_.Rename(file, target));
  return target;
}

std::vector<std::string> WalDirectory::SetAsideFiles() const {
  std::vector<std::string> files;
  for (const HeldFolder& held : folders_) {
    const std::string folder = fmt::format("{}/{}", held.path, kQuarantine);
    const auto names = NamesIn(files_, folder);
    for (const std::string& name : names.value_or(std::vector<std::string>())) {
      if (name.ends_with(kFileSuffix) || name.ends_with(kPartV1Suffix))
        files.push_back(folder + "/" + name);
    }
  }
  return files;
}

Result<std::string> WalDirectory::QuarantinePath(const Uuid& segment) const {
  VIVACE_ASSIGN(const std::string folder, MakeQuarantine());
  return fmt::format("{}/{}{}", folder, segment.ToString(), kFileSuffix);
}

}  // namespace vivace
