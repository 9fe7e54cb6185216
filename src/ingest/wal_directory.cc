#include "ingest/wal_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/log.h"

namespace vivace {
namespace {

namespace fs = std::filesystem;

constexpr int kInstancesMax = 256;
constexpr std::string_view kPartSuffix = ".wal";
constexpr std::string_view kQuarantine = "quarantine";

bool IsPart(const fs::path& path) { return path.extension() == kPartSuffix; }

bool HoldsParts(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (IsPart(entry.path())) return true;
  }
  return false;
}

}  // namespace

int WalDirectory::TryLock(const std::string& path) {
  const int fd = open((path + "/LOCK").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return -1;
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  close(fd);
  errno = EWOULDBLOCK;
  return -1;
}

Result<std::unique_ptr<WalDirectory>> WalDirectory::Open(const std::string& root) {
  std::unique_ptr<WalDirectory> directory(new WalDirectory());
  for (int instance = 0; instance < kInstancesMax; ++instance) {
    const std::string path = fmt::format("{}/instance-{}", root, instance);
    std::error_code error;
    const bool exists = fs::is_directory(path, error);
    if (!directory->folders_.empty() && !(exists && HoldsParts(path))) continue;
    fs::create_directories(path, error);
    if (error) return Fail(ErrorCode::kUnavailable, fmt::format("create WAL directory {}: {}", path, error.message()));
    fs::permissions(path, fs::perms::owner_all, error);
    const int fd = TryLock(path);
    if (fd >= 0) {
      directory->folders_.push_back({path, fd});
    } else if (errno != EWOULDBLOCK) {
      return Fail(ErrorCode::kUnavailable, fmt::format("lock WAL directory {}: {}", path, std::strerror(errno)));
    }
  }
  if (directory->folders_.empty()) {
    return Fail(ErrorCode::kUnavailable, fmt::format("all {} WAL directories below {} are in use by other processes", kInstancesMax, root));
  }
  return directory;
}

WalDirectory::~WalDirectory() {
  for (const Folder& folder : folders_) close(folder.lock_fd);
}

std::string WalDirectory::PartPath(const Uuid& segment) const { return fmt::format("{}/{}{}", path(), segment.ToString(), kPartSuffix); }

std::vector<std::string> WalDirectory::Parts() const {
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  for (const Folder& folder : folders_) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder.path, error)) {
      if (IsPart(entry.path())) found.emplace_back(entry.last_write_time(error), entry.path().string());
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> parts;
  for (auto& [time, path] : found) parts.push_back(std::move(path));
  return parts;
}

void WalDirectory::Quarantine(const std::string& part, uint64_t offset, uint64_t size) const {
  std::error_code error;
  const fs::path folder = fs::path(path()) / kQuarantine;
  fs::create_directories(folder, error);
  std::ifstream in(part, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset));
  std::string bytes(size, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  const fs::path target = folder / fmt::format("{}-{}.damaged", fs::path(part).stem().string(), offset);
  std::ofstream(target, std::ios::binary) << bytes;
  LogWarn("damaged WAL record kept for inspection", {{"file", target.string()}, {"bytes", fmt::to_string(size)}});
}

void WalDirectory::QuarantineWhole(const std::string& part) const {
  std::error_code error;
  const fs::path folder = fs::path(path()) / kQuarantine;
  fs::create_directories(folder, error);
  fs::rename(part, folder / fs::path(part).filename(), error);
}

}  // namespace vivace
