#include "base/memory_file_system.h"

#include <algorithm>
#include <utility>

namespace vivace {
namespace {

bool IsIn(const std::string& path, const std::string& directory) {
  return ParentDirectory(path) == directory;
}

}  // namespace

class MemoryFileSystem::MemoryFile final : public File {
 public:
  MemoryFile(std::mutex& mutex, std::shared_ptr<Node> node)
      : mutex_(mutex), node_(std::move(node)) {}

  Status Append(std::span<const std::string_view> pieces) override {
    const std::lock_guard lock(mutex_);
    for (const std::string_view piece : pieces) node_->bytes += piece;
    node_->modified = std::chrono::system_clock::now();
    return {};
  }
  bool is_direct() const override { return false; }
  Result<size_t> ReadAt(uint64_t offset, std::span<char> out) const override {
    const std::lock_guard lock(mutex_);
    if (offset >= node_->bytes.size()) return 0;
    return node_->bytes.copy(out.data(), out.size(), offset);
  }
  Result<FileInfo> Info() const override {
    const std::lock_guard lock(mutex_);
    return InfoOf(*node_);
  }
  Status Truncate(uint64_t size) override {
    const std::lock_guard lock(mutex_);
    node_->bytes.resize(size);
    return {};
  }
  Status Sync() override {
    const std::lock_guard lock(mutex_);
    node_->durable_bytes = node_->bytes;
    return {};
  }
  void WriteBack(uint64_t /*begin*/, uint64_t /*end*/) override {}

 private:
  std::mutex& mutex_;
  const std::shared_ptr<Node> node_;
};

class MemoryFileSystem::MemoryLock final : public FileLock {
 public:
  MemoryLock(MemoryFileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  ~MemoryLock() override {
    const std::lock_guard lock(files_.mutex_);
    files_.locks_.erase(path_);
  }

 private:
  MemoryFileSystem& files_;
  const std::string path_;
};

void MemoryFileSystem::Crash() {
  const std::lock_guard lock(mutex_);
  entries_ = durable_entries_;
  // A directory whose own entry was lost takes its contents along. Parents come first.
  std::erase_if(entries_, [&](const auto& entry) {
    for (std::string above = ParentDirectory(entry.first); above != "/" && above != ".";
         above = ParentDirectory(above)) {
      if (!durable_entries_.contains(above)) return true;
    }
    return false;
  });
  for (auto& [path, node] : entries_) node->bytes = node->durable_bytes;
  durable_entries_ = entries_;
  locks_.clear();
}

Result<std::shared_ptr<MemoryFileSystem::Node>> MemoryFileSystem::Find(
    const std::string& path) const {
  const auto entry = entries_.find(path);
  if (entry == entries_.end()) return Fail(ErrorCode::kNotFound, "no such file");
  return entry->second;
}

Result<std::shared_ptr<MemoryFileSystem::Node>> MemoryFileSystem::Create(const std::string& path,
                                                                         bool is_directory) {
  const std::string parent = ParentDirectory(path);
  if (path == "/" || entries_.contains(path)) return Fail(ErrorCode::kAlreadyExists, "file exists");
  const auto above = entries_.find(parent);
  const bool has_parent =
      parent == "/" || parent == "." || (above != entries_.end() && above->second->is_directory);
  if (!has_parent) return Fail(ErrorCode::kNotFound, "no such directory");
  auto node = std::make_shared<Node>();
  node->is_directory = is_directory;
  entries_.emplace(path, node);
  return node;
}

bool MemoryFileSystem::HasChildren(const std::string& path) const {
  return std::ranges::any_of(entries_, [&](const auto& entry) { return IsIn(entry.first, path); });
}

FileInfo MemoryFileSystem::InfoOf(const Node& node) {
  return {.size = node.bytes.size(),
          .is_file = !node.is_directory,
          .is_directory = node.is_directory,
          .modified = node.modified};
}

Result<std::unique_ptr<File>> MemoryFileSystem::Open(const std::string& path, OpenMode mode) {
  const std::lock_guard lock(mutex_);
  Result<std::shared_ptr<Node>> node = Find(path);
  const bool is_new = mode == OpenMode::kCreate || mode == OpenMode::kCreateDirect;
  if (is_new || (!node && mode == OpenMode::kAppendOrCreate)) node = Create(path, false);
  if (!node) return std::unexpected(node.error());
  if ((*node)->is_directory) return Fail(ErrorCode::kInternal, "is a directory");
  return std::make_unique<MemoryFile>(mutex_, *std::move(node));
}

Result<MappedFile> MemoryFileSystem::Map(const std::string& path) {
  const std::lock_guard lock(mutex_);
  VIVACE_ASSIGN(const std::shared_ptr<Node> node, Find(path));
  auto bytes = std::make_shared<const std::string>(node->bytes);
  const std::string_view view = *bytes;
  return MappedFile{std::move(bytes), view};
}

Result<FileInfo> MemoryFileSystem::Info(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (path == "/") return FileInfo{.is_directory = true};
  VIVACE_ASSIGN(const std::shared_ptr<Node> node, Find(path));
  return InfoOf(*node);
}

// Files only: nothing renames a directory.
Status MemoryFileSystem::Rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  VIVACE_ASSIGN(std::shared_ptr<Node> node, Find(from));
  if (node->is_directory) return Fail(ErrorCode::kInternal, "is a directory");
  entries_.erase(to);
  VIVACE_TRY(Create(to, false));
  entries_.erase(from);
  entries_[to] = std::move(node);
  return {};
}

Status MemoryFileSystem::Remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  VIVACE_ASSIGN(const std::shared_ptr<Node> node, Find(path));
  if (node->is_directory) return Fail(ErrorCode::kFailedPrecondition, "is a directory");
  entries_.erase(path);
  return {};
}

Status MemoryFileSystem::RemoveDirectory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  VIVACE_ASSIGN(const std::shared_ptr<Node> node, Find(path));
  if (!node->is_directory) return Fail(ErrorCode::kNotFound, "not a directory");
  if (HasChildren(path)) return Fail(ErrorCode::kFailedPrecondition, "directory is not empty");
  entries_.erase(path);
  return {};
}

// Everything in memory is.
Status MemoryFileSystem::MakePrivate(const std::string& path) {
  const std::lock_guard lock(mutex_);
  VIVACE_TRY(Find(path));
  return {};
}

Status MemoryFileSystem::MakeDirectory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  VIVACE_TRY(Create(path, true));
  return {};
}

Result<std::vector<std::string>> MemoryFileSystem::List(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (path != "/") {
    VIVACE_ASSIGN(const std::shared_ptr<Node> node, Find(path));
    if (!node->is_directory) return Fail(ErrorCode::kNotFound, "not a directory");
  }
  std::vector<std::string> names;
  for (const auto& [entry, node] : entries_) {
    if (IsIn(entry, path)) names.push_back(entry.substr(entry.rfind('/') + 1));
  }
  return names;
}

Status MemoryFileSystem::SyncDirectory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  std::erase_if(durable_entries_, [&](const auto& entry) {
    return IsIn(entry.first, path) && !entries_.contains(entry.first);
  });
  for (const auto& [entry, node] : entries_) {
    if (IsIn(entry, path)) durable_entries_[entry] = node;
  }
  return {};
}

Result<std::unique_ptr<FileLock>> MemoryFileSystem::Lock(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (!Find(path)) VIVACE_TRY(Create(path, false));
  if (!locks_.insert(path).second) return Fail(ErrorCode::kFailedPrecondition, "lock is held");
  return std::make_unique<MemoryLock>(*this, path);
}

}  // namespace vivace
