#include "object/local_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "object/object_key.h"

namespace vivace {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;

ErrorCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::kNotFound;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case ENOMEM:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

std::unexpected<Error> FailErrno(std::string_view doing, const std::string& what) {
  const int error = errno;
  return Fail(CodeOf(error), fmt::format("{} \"{}\": {}", doing, what, std::strerror(error)));
}

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

constexpr uint64_t kWriteBackBytes = 1 << 20;

Descriptor OpenForRead(const std::string& path) { return Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); }

Result<uint64_t> SizeOf(const Descriptor& file, const std::string& key) {
  struct stat info;
  if (::fstat(file.get(), &info) != 0) return FailErrno("size of", key);
  if (!S_ISREG(info.st_mode)) return Fail(ErrorCode::kNotFound, fmt::format("\"{}\" is not an object", key));
  return static_cast<uint64_t>(info.st_size);
}

// Bytes read, fewer than `size` only at the end of the file, or -1.
int64_t ReadFully(const Descriptor& file, char* out, uint64_t offset, uint64_t size) {
  uint64_t done = 0;
  while (done < size) {
    const ssize_t count = ::pread(file.get(), out + done, size - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) break;
    done += static_cast<uint64_t>(count);
  }
  return static_cast<int64_t>(done);
}

Result<std::string> ReadAt(const Descriptor& file, const std::string& key, uint64_t offset, uint64_t size) {
  std::string bytes;
  int64_t read = 0;
  // Saves filling the buffer with zeros first.
  bytes.resize_and_overwrite(size, [&](char* out, size_t) {
    read = ReadFully(file, out, offset, size);
    return static_cast<size_t>(std::max<int64_t>(read, 0));
  });
  if (read < 0) return FailErrno("read", key);
  if (bytes.size() < size) return Fail(ErrorCode::kOutOfRange, fmt::format("\"{}\" ends before byte {}", key, offset + size));
  return bytes;
}

Status SyncDirectory(const std::string& path) {
  const Descriptor directory = OpenForRead(path);
  if (!directory.ok() || ::fsync(directory.get()) != 0) return FailErrno("flush directory", path);
  return {};
}

// Creates the missing directories above `path`, each entry flushed into its parent.
Status MakeDirectories(const std::string& path) {
  if (::mkdir(path.c_str(), kDirectoryMode) == 0)
    return SyncDirectory(fs::path(path).parent_path().empty() ? "." : fs::path(path).parent_path());
  if (errno == EEXIST) return {};
  const fs::path parent = fs::path(path).parent_path();
  if (errno != ENOENT || parent.empty() || parent == path) return FailErrno("create directory", path);
  VIVACE_TRY(MakeDirectories(parent));
  return ::mkdir(path.c_str(), kDirectoryMode) == 0 || errno == EEXIST ? SyncDirectory(parent) : FailErrno("create directory", path);
}

std::string TemporaryPath(const fs::path& path) {
  static std::atomic<uint64_t> counter{0};
  return path.parent_path() / fmt::format(".{}.{}.{}.tmp", path.filename().string(), ::getpid(), counter.fetch_add(1));
}

class LocalWriter : public ObjectWriter {
 public:
  static Result<std::unique_ptr<ObjectWriter>> Open(std::string key, std::string path) {
    VIVACE_TRY(MakeDirectories(fs::path(path).parent_path()));
    std::string temporary = TemporaryPath(path);
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
    if (!file.ok()) return FailErrno("create", key);
    return std::unique_ptr<ObjectWriter>(new LocalWriter(std::move(key), std::move(path), std::move(temporary), std::move(file)));
  }

  ~LocalWriter() override {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }

  Status Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        failed_ = true;
        return FailErrno("write", key_);
      }
      bytes.remove_prefix(static_cast<size_t>(count));
      size_ += static_cast<uint64_t>(count);
    }
    WriteBack();
    return {};
  }

  Status Close() override {
    // Closing twice, or after bytes were lost, must never publish a torn object.
    if (temporary_.empty() || failed_) return Fail(ErrorCode::kFailedPrecondition, fmt::format("\"{}\" cannot be closed", key_));
    if (::fsync(file_.get()) != 0) {
      failed_ = true;
      return FailErrno("flush", key_);
    }
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return FailErrno("publish", key_);
    temporary_.clear();
    return SyncDirectory(fs::path(path_).parent_path());
  }

 private:
  LocalWriter(std::string key, std::string path, std::string temporary, Descriptor file)
      : key_(std::move(key)), path_(std::move(path)), temporary_(std::move(temporary)), file_(std::move(file)) {}

  // Has the disk take what was written, a step at a time: left to the end it would be one long burst, which every sync of another file
  // waits for. No error is lost: fsync reports it.
  void WriteBack() {
    if (size_ - written_back_ < kWriteBackBytes) return;
    const auto begin = static_cast<off_t>(written_back_);
    ::sync_file_range(file_.get(), begin, static_cast<off_t>(size_) - begin,
                      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
    written_back_ = size_;
  }

  std::string key_;
  std::string path_;
  std::string temporary_;      // empty once published
  uint64_t size_ = 0;          // bytes appended
  uint64_t written_back_ = 0;  // bytes that the disk has begun with
  Descriptor file_;
  bool failed_ = false;
};

}  // namespace

Result<std::unique_ptr<LocalStore>> LocalStore::Open(const std::string& root) {
  VIVACE_TRY(MakeDirectories(root));
  struct stat info;
  if (::stat(root.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("store \"{}\" is not a directory", root));
  }
  return std::unique_ptr<LocalStore>(new LocalStore(root));
}

Result<std::string> LocalStore::Read(const std::string& key) const {
  VIVACE_TRY(CheckKey(key));
  const Descriptor file = OpenForRead(PathOf(key));
  if (!file.ok()) return FailErrno("open", key);
  VIVACE_ASSIGN(const uint64_t size, SizeOf(file, key));
  return ReadAt(file, key, 0, size);
}

Result<std::string> LocalStore::ReadRange(const std::string& key, uint64_t offset, uint64_t size) const {
  const ByteRange range{offset, size};
  VIVACE_ASSIGN(std::vector<std::string> pieces, ReadRanges(key, {&range, 1}));
  return std::move(pieces.front());
}

Result<std::vector<std::string>> LocalStore::ReadRanges(const std::string& key, std::span<const ByteRange> ranges) const {
  VIVACE_TRY(CheckKey(key));
  const Descriptor file = OpenForRead(PathOf(key));
  if (!file.ok()) return FailErrno("open", key);
  VIVACE_ASSIGN(const uint64_t end, SizeOf(file, key));
  std::vector<std::string> pieces;
  pieces.reserve(ranges.size());
  for (const auto& [offset, size] : ranges) {
    // Before the buffer is made: a damaged length must not become an allocation.
    if (offset > end || size > end - offset) {
      return Fail(ErrorCode::kOutOfRange, fmt::format("\"{}\" has {} bytes, wanted {} from {}", key, end, size, offset));
    }
    VIVACE_ASSIGN(std::string piece, ReadAt(file, key, offset, size));
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

Result<uint64_t> LocalStore::Size(const std::string& key) const {
  VIVACE_TRY(CheckKey(key));
  const Descriptor file = OpenForRead(PathOf(key));
  if (!file.ok()) return FailErrno("open", key);
  return SizeOf(file, key);
}

Status LocalStore::Write(const std::string& key, std::string_view bytes) {
  VIVACE_ASSIGN(const std::unique_ptr<ObjectWriter> writer, Create(key));
  VIVACE_TRY(writer->Append(bytes));
  return writer->Close();
}

Result<std::unique_ptr<ObjectWriter>> LocalStore::Create(const std::string& key) {
  VIVACE_TRY(CheckKey(key));
  return LocalWriter::Open(key, PathOf(key));
}

Result<std::vector<std::string>> LocalStore::List(const std::string& prefix) const {
  VIVACE_TRY(CheckPrefix(prefix));
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator entry(PathOf(prefix), error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::string name = entry->path().filename();
    if (!name.starts_with('.')) names.push_back(std::move(name));
  }
  if (error && CodeOf(error.value()) != ErrorCode::kNotFound) {
    return Fail(CodeOf(error.value()), fmt::format("list \"{}\": {}", prefix, error.message()));
  }
  std::ranges::sort(names);
  return names;
}

Status LocalStore::Delete(const std::string& key) {
  VIVACE_TRY(CheckKey(key));
  const std::string path = PathOf(key);
  if (::unlink(path.c_str()) != 0) return FailErrno("delete", key);
  return SyncDirectory(fs::path(path).parent_path());
}

Status LocalStore::DeleteAll(const std::string& prefix) {
  VIVACE_TRY(CheckKey(prefix));
  const std::string path = PathOf(prefix);
  const Status meta = Delete(prefix + "/meta.json");
  if (!meta.has_value() && meta.error().code != ErrorCode::kNotFound) return meta;
  std::error_code error;
  const uintmax_t removed = fs::remove_all(path, error);
  if (error) return Fail(CodeOf(error.value()), fmt::format("delete all of \"{}\": {}", prefix, error.message()));
  return removed == 0 ? Status() : SyncDirectory(fs::path(path).parent_path());
}

Status LocalStore::Rename(const std::string& from, const std::string& to) {
  VIVACE_TRY(CheckKey(from));
  VIVACE_TRY(CheckKey(to));
  const fs::path target = PathOf(to);
  VIVACE_TRY(MakeDirectories(target.parent_path()));
  if (::rename(PathOf(from).c_str(), target.c_str()) != 0) return FailErrno("rename", from);
  VIVACE_TRY(SyncDirectory(target.parent_path()));
  return SyncDirectory(fs::path(PathOf(from)).parent_path());
}

}  // namespace vivace
