#include "object/local_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/error_context.h"
#include "object/object_key.h"

namespace vivace {
namespace {

constexpr uint64_t kWriteBackBytes = 1 << 20;

std::unexpected<Error> Failed(std::string_view doing, const std::string& what, const Error& error) {
  // What a file system means by the others is nothing to callers of a store.
  const bool is_known = error.code == ErrorCode::kNotFound || error.code == ErrorCode::kUnavailable;
  return Fail(is_known ? error.code : ErrorCode::kInternal,
              fmt::format("{} \"{}\": {}", doing, what, error.message));
}

Status Checked(Status status, std::string_view doing, const std::string& what) {
  return status ? std::move(status) : Failed(doing, what, status.error());
}

// An object's open file and its size.
struct OpenObject {
  std::unique_ptr<File> file;
  uint64_t size = 0;
};

Result<OpenObject> OpenForRead(FileSystem& files, const std::string& path, const std::string& key) {
  auto file = files.Open(path, OpenMode::kRead);
  if (!file) return Failed("open", key, file.error());
  const Result<FileInfo> info = (*file)->Info();
  if (!info) return Failed("size of", key, info.error());
  if (!info->is_file)
    return Fail(ErrorCode::kNotFound, fmt::format("\"{}\" is not an object", key));
  return OpenObject{*std::move(file), info->size};
}

Result<std::string> ReadAt(const File& file, const std::string& key, uint64_t offset,
                           uint64_t size) {
  std::string bytes;
  Result<size_t> read = 0;
  // Saves filling the buffer with zeros first.
  bytes.resize_and_overwrite(size, [&](char* out, size_t) {
    read = file.ReadAt(offset, {out, size});
    return read.value_or(0);
  });
  if (!read) return Failed("read", key, read.error());
  if (bytes.size() < size)
    return Fail(ErrorCode::kOutOfRange,
                fmt::format("\"{}\" ends before byte {}", key, offset + size));
  return bytes;
}

Status MakeParent(DurableDirectories& directories, const std::string& path) {
  const std::string directory = ParentDirectory(path);
  const Status made = directories.Make(directory);
  if (!made && made.error().code == ErrorCode::kFailedPrecondition)
    return WithContext(made, fmt::format("create directory \"{}\"", directory));
  return Checked(made, "create directory", directory);
}

constexpr std::string_view kTemporarySuffix = ".tmp";

// Beside `path`, under a name that no other writer of this or another process takes.
std::string TemporaryPath(const std::string& path) {
  static std::atomic<uint64_t> counter{0};
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  return fmt::format("{}/.{}.{}.{}{}", ParentDirectory(path), name, ::getpid(),
                     counter.fetch_add(1), kTemporarySuffix);
}

// Whether `name` in `directory` is a file made by TemporaryPath. A tenant may be called like one,
// but is a directory.
bool IsTemporary(FileSystem& files, const std::string& directory, const std::string& name) {
  if (!name.starts_with('.') || !name.ends_with(kTemporarySuffix)) return false;
  const Result<FileInfo> info = files.Info(directory + "/" + name);
  return info ? info->is_file : info.error().code == ErrorCode::kNotFound;  // published meanwhile
}

class LocalWriter : public ObjectWriter {
 public:
  static Result<std::unique_ptr<ObjectWriter>> Open(FileSystem& files,
                                                    DurableDirectories& directories,
                                                    std::string key, std::string path) {
    VIVACE_TRY(MakeParent(directories, path));
    std::string temporary = TemporaryPath(path);
    auto file = files.Open(temporary, OpenMode::kCreate);
    if (!file && file.error().code == ErrorCode::kNotFound) {  // the directory was removed
      directories.Forget(ParentDirectory(path));
      VIVACE_TRY(MakeParent(directories, path));
      file = files.Open(temporary, OpenMode::kCreate);
    }
    if (!file) return Failed("create", key, file.error());
    return std::unique_ptr<ObjectWriter>(new LocalWriter(files, std::move(key), std::move(path),
                                                         std::move(temporary), *std::move(file)));
  }

  ~LocalWriter() override {
    if (!temporary_.empty()) (void)files_.Remove(temporary_);
  }

  Status Append(std::string_view bytes) override {
    if (const Status written = file_->Append(bytes); !written) {
      failed_ = true;
      return Failed("write", key_, written.error());
    }
    size_ += bytes.size();
    WriteBack();
    return {};
  }

  Status Close() override {
    // Closing twice, or after bytes were lost, must never publish a torn object.
    if (temporary_.empty() || failed_)
      return Fail(ErrorCode::kFailedPrecondition, fmt::format("\"{}\" cannot be closed", key_));
    if (const Status synced = file_->Sync(); !synced) {
      failed_ = true;
      return Failed("flush", key_, synced.error());
    }
    VIVACE_TRY(Checked(files_.Rename(temporary_, path_), "publish", key_));
    temporary_.clear();
    return Checked(SyncParent(files_, path_), "publish", key_);
  }

 private:
  LocalWriter(FileSystem& files, std::string key, std::string path, std::string temporary,
              std::unique_ptr<File> file)
      : files_(files),
        key_(std::move(key)),
        path_(std::move(path)),
        temporary_(std::move(temporary)),
        file_(std::move(file)) {}

  // Has the disk take what was written, a step at a time: left to the end it would be one long
  // burst, which every sync of another file waits for.
  void WriteBack() {
    if (size_ - written_back_ < kWriteBackBytes) return;
    file_->WriteBack(written_back_, size_);
    written_back_ = size_;
  }

  FileSystem& files_;
  const std::string key_;
  const std::string path_;
  std::string temporary_;      // empty once published
  uint64_t size_ = 0;          // bytes appended
  uint64_t written_back_ = 0;  // bytes that the disk has begun with
  const std::unique_ptr<File> file_;
  bool failed_ = false;
};

}  // namespace

Result<std::unique_ptr<LocalStore>> LocalStore::Open(FileSystem& files, const std::string& root) {
  VIVACE_TRY(Checked(MakeDirectories(files, root), "create directory", root));
  const Result<FileInfo> info = files.Info(root);
  if (!info || !info->is_directory)
    return Fail(ErrorCode::kInvalidArgument, fmt::format("store \"{}\" is not a directory", root));
  return std::unique_ptr<LocalStore>(new LocalStore(files, root));
}

Result<std::string> LocalStore::Read(const std::string& key) const {
  VIVACE_TRY(CheckKey(key));
  VIVACE_ASSIGN(const OpenObject object, OpenForRead(files_, PathOf(key), key));
  return ReadAt(*object.file, key, 0, object.size);
}

Result<std::string> LocalStore::ReadRange(const std::string& key, uint64_t offset,
                                          uint64_t size) const {
  const ByteRange range{offset, size};
  VIVACE_ASSIGN(std::vector<std::string> pieces, ReadRanges(key, {&range, 1}));
  return std::move(pieces.front());
}

Result<std::vector<std::string>> LocalStore::ReadRanges(const std::string& key,
                                                        std::span<const ByteRange> ranges) const {
  VIVACE_TRY(CheckKey(key));
  VIVACE_ASSIGN(const OpenObject object, OpenForRead(files_, PathOf(key), key));
  std::vector<std::string> pieces;
  pieces.reserve(ranges.size());
  for (const auto& [offset, size] : ranges) {
    // Before the buffer is made: a damaged length must not become an allocation.
    if (offset > object.size || size > object.size - offset) {
      return Fail(ErrorCode::kOutOfRange,
                  fmt::format("\"{}\" has {} bytes, requested {} at offset {}", key, object.size,
                              size, offset));
    }
    VIVACE_ASSIGN(std::string piece, ReadAt(*object.file, key, offset, size));
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

Result<uint64_t> LocalStore::Size(const std::string& key) const {
  VIVACE_TRY(CheckKey(key));
  VIVACE_ASSIGN(const OpenObject object, OpenForRead(files_, PathOf(key), key));
  return object.size;
}

Result<ObjectPart> LocalStore::ReadEnd(const std::string& key, ObjectEnd end,
                                       uint64_t size_max) const {
  VIVACE_TRY(CheckKey(key));
  VIVACE_ASSIGN(const OpenObject object, OpenForRead(files_, PathOf(key), key));
  const uint64_t length = std::min(object.size, size_max);
  const uint64_t offset = end == ObjectEnd::kFront ? 0 : object.size - length;
  VIVACE_ASSIGN(std::string bytes, ReadAt(*object.file, key, offset, length));
  return ObjectPart{.bytes = std::move(bytes), .object_size = object.size};
}

Status LocalStore::Write(const std::string& key, std::string_view bytes) {
  VIVACE_ASSIGN(const std::unique_ptr<ObjectWriter> writer, Create(key));
  VIVACE_TRY(writer->Append(bytes));
  return writer->Close();
}

Result<std::unique_ptr<ObjectWriter>> LocalStore::Create(const std::string& key) {
  VIVACE_TRY(CheckKey(key));
  return LocalWriter::Open(files_, directories_, key, PathOf(key));
}

Result<std::vector<std::string>> LocalStore::List(const std::string& prefix) const {
  VIVACE_TRY(CheckPrefix(prefix));
  const std::string directory = prefix.empty() ? root_ : PathOf(prefix);
  Result<std::vector<std::string>> names = files_.List(directory);
  if (!names && names.error().code == ErrorCode::kNotFound) return std::vector<std::string>();
  if (!names) return Failed("list", prefix, names.error());
  std::erase_if(*names,
                [&](const std::string& name) { return IsTemporary(files_, directory, name); });
  std::ranges::sort(*names);
  return names;
}

Status LocalStore::Delete(const std::string& key) {
  VIVACE_TRY(CheckKey(key));
  const std::string path = PathOf(key);
  VIVACE_TRY(Checked(files_.Remove(path), "delete", key));
  return Checked(SyncParent(files_, path), "delete", key);
}

Status LocalStore::DeleteAll(const std::string& prefix) {
  VIVACE_TRY(CheckKey(prefix));
  const std::string path = PathOf(prefix);
  const Status meta = Delete(prefix + "/meta.json");
  if (!meta.has_value() && meta.error().code != ErrorCode::kNotFound) return meta;
  if (const Result<FileInfo> there = files_.Info(path);
      !there && there.error().code == ErrorCode::kNotFound)
    return {};
  directories_.Forget(path);
  VIVACE_TRY(Checked(RemoveAll(files_, path), "delete all of", prefix));
  return Checked(SyncParent(files_, path), "delete all of", prefix);
}

Status LocalStore::Rename(const std::string& from, const std::string& to) {
  VIVACE_TRY(CheckKey(from));
  VIVACE_TRY(CheckKey(to));
  VIVACE_TRY(MakeParent(directories_, PathOf(to)));
  VIVACE_TRY(Checked(files_.Rename(PathOf(from), PathOf(to)), "rename", from));
  VIVACE_TRY(Checked(SyncParent(files_, PathOf(to)), "rename", from));
  return Checked(SyncParent(files_, PathOf(from)), "rename", from);
}

}  // namespace vivace
