#include "base/posix_file_system.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace vivace {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;

ErrorCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::kNotFound;
    case EEXIST:
      return ErrorCode::kAlreadyExists;
    case ENOTEMPTY:
    case EISDIR:
      return ErrorCode::kFailedPrecondition;
    case EAGAIN:
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

std::unexpected<Error> FailErrno(int error = errno) {
  return Fail(CodeOf(error), std::strerror(error));
}

Status StatusOf(int result) { return result == 0 ? Status() : FailErrno(); }

FileInfo InfoOf(const struct stat& status) {
  const auto modified = std::chrono::seconds(status.st_mtim.tv_sec) +
                        std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return {.size = static_cast<uint64_t>(status.st_size),
          .is_file = S_ISREG(status.st_mode),
          .is_directory = S_ISDIR(status.st_mode),
          .modified = std::chrono::system_clock::time_point(modified)};
}

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

// Takes `written` bytes off the front of the pieces.
std::span<iovec> Advance(std::span<iovec> pieces, size_t written) {
  while (!pieces.empty() && written >= pieces.front().iov_len) {
    written -= pieces.front().iov_len;
    pieces = pieces.subspan(1);
  }
  if (written > 0) {
    pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + written;
    pieces.front().iov_len -= written;
  }
  return pieces;
}

class PosixFile final : public File {
 public:
  PosixFile(Descriptor file, bool is_direct) : file_(std::move(file)), is_direct_(is_direct) {}

  Status Append(std::span<const std::string_view> pieces) override {
    std::vector<iovec> all;
    all.reserve(pieces.size());
    for (const std::string_view piece : pieces) {
      if (!piece.empty()) all.push_back({const_cast<char*>(piece.data()), piece.size()});
    }
    for (std::span<iovec> left(all); !left.empty();) {
      const int count = static_cast<int>(std::min<size_t>(left.size(), IOV_MAX));
      const ssize_t written = writev(file_.get(), left.data(), count);
      if (written > 0) {
        left = Advance(left, static_cast<size_t>(written));
      } else if (written == 0) {
        return Fail(ErrorCode::kInternal, "nothing was written");
      } else if (errno != EINTR && !(errno == EINVAL && StopDirectWrites())) {
        return FailErrno();
      }
    }
    return {};
  }

  bool is_direct() const override { return is_direct_; }

  Result<size_t> ReadAt(uint64_t offset, std::span<char> out) const override {
    size_t done = 0;
    while (done < out.size()) {
      const ssize_t count = pread(file_.get(), out.data() + done, out.size() - done,
                                  static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return FailErrno();
      if (count == 0) break;
      done += static_cast<size_t>(count);
    }
    return done;
  }

  Result<FileInfo> Info() const override {
    struct stat status;
    if (fstat(file_.get(), &status) != 0) return FailErrno();
    return InfoOf(status);
  }

  Status Truncate(uint64_t size) override {
    return StatusOf(ftruncate(file_.get(), static_cast<off_t>(size)));
  }

  Status Sync() override { return StatusOf(fdatasync(file_.get())); }

  void WriteBack(uint64_t begin, uint64_t end) override {
    // No error is lost: Sync reports it.
    sync_file_range(
        file_.get(), static_cast<off_t>(begin), static_cast<off_t>(end - begin),
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  }

 private:
  // A device with larger blocks than ours refuses direct writes when it sees the first one.
  bool StopDirectWrites() {
    return std::exchange(is_direct_, false) && fcntl(file_.get(), F_SETFL, O_APPEND) == 0;
  }

  const Descriptor file_;
  bool is_direct_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Descriptor file) : file_(std::move(file)) {}

 private:
  const Descriptor file_;  // the lock goes with it
};

int FlagsOf(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead:
      return O_RDONLY | O_NONBLOCK;  // opening a pipe would wait for a writer
    case OpenMode::kCreate:
    case OpenMode::kCreateDirect:
      return O_WRONLY | O_APPEND | O_CREAT | O_EXCL;
    case OpenMode::kAppend:
      return O_WRONLY | O_APPEND;
    case OpenMode::kAppendOrCreate:
      return O_WRONLY | O_APPEND | O_CREAT;
  }
  return O_RDONLY;
}

Descriptor OpenDescriptor(const std::string& path, int flags) {
  return Descriptor(open(path.c_str(), flags | O_CLOEXEC, kFileMode));
}

}  // namespace

Result<std::unique_ptr<File>> PosixFileSystem::Open(const std::string& path, OpenMode mode) {
  if (mode == OpenMode::kCreateDirect) {
    Descriptor direct = OpenDescriptor(path, FlagsOf(mode) | O_DIRECT);
    if (direct.is_open()) return std::make_unique<PosixFile>(std::move(direct), true);
    if (errno != EINVAL) return FailErrno();
    // Not every file system has it; the file may have been made all the same.
    unlink(path.c_str());
  }
  Descriptor file = OpenDescriptor(path, FlagsOf(mode));
  if (!file.is_open()) return FailErrno();
  return std::make_unique<PosixFile>(std::move(file), false);
}

Result<MappedFile> PosixFileSystem::Map(const std::string& path) {
  const Descriptor file = OpenDescriptor(path, O_RDONLY);
  struct stat status;
  if (!file.is_open() || fstat(file.get(), &status) != 0) return FailErrno();
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return MappedFile();
  void* memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (memory == MAP_FAILED) return FailErrno();
  std::shared_ptr<const void> owner(memory, [size](void* mapped) { munmap(mapped, size); });
  return MappedFile{std::move(owner), {static_cast<const char*>(memory), size}};
}

Result<FileInfo> PosixFileSystem::Info(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return FailErrno();
  return InfoOf(status);
}

Status PosixFileSystem::Rename(const std::string& from, const std::string& to) {
  return StatusOf(std::rename(from.c_str(), to.c_str()));
}

Status PosixFileSystem::Remove(const std::string& path) { return StatusOf(unlink(path.c_str())); }

Status PosixFileSystem::RemoveDirectory(const std::string& path) {
  return StatusOf(rmdir(path.c_str()));
}

Status PosixFileSystem::MakePrivate(const std::string& path) {
  return StatusOf(chmod(path.c_str(), kDirectoryMode));
}

Status PosixFileSystem::MakeDirectory(const std::string& path) {
  return StatusOf(mkdir(path.c_str(), kDirectoryMode));
}

Result<std::vector<std::string>> PosixFileSystem::List(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename());
  }
  if (error) return FailErrno(error.value());
  return names;
}

Status PosixFileSystem::SyncDirectory(const std::string& path) {
  const Descriptor directory = OpenDescriptor(path, O_RDONLY | O_DIRECTORY);
  if (!directory.is_open()) return FailErrno();
  return StatusOf(fsync(directory.get()));
}

Result<std::unique_ptr<FileLock>> PosixFileSystem::Lock(const std::string& path) {
  Descriptor file = OpenDescriptor(path, O_RDWR | O_CREAT);
  if (!file.is_open()) return FailErrno();
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Fail(ErrorCode::kFailedPrecondition, "another process has it");
    return FailErrno();
  }
  return std::make_unique<PosixLock>(std::move(file));
}

}  // namespace vivace
