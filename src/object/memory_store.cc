#include "object/memory_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "object/object_key.h"

namespace vivace {
namespace {

std::unexpected<Error> NotFound(const std::string& key) {
  return Fail(ErrorCode::kNotFound, fmt::format("no object \"{}\"", key));
}

class MemoryWriter : public ObjectWriter {
 public:
  MemoryWriter(MemoryStore& store, std::string key) : store_(store), key_(std::move(key)) {}

  Status Append(std::string_view bytes) override {
    bytes_.append(bytes);
    return {};
  }
  Status Close() override { return store_.Write(key_, bytes_); }

 private:
  MemoryStore& store_;
  std::string key_;
  std::string bytes_;
};

}  // namespace

Result<std::shared_ptr<const std::string>> MemoryStore::Find(const std::string& key) const {
  VIVACE_TRY(CheckKey(key));
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return NotFound(key);
  return found->second;
}

Result<std::string> MemoryStore::Read(const std::string& key) const {
  VIVACE_ASSIGN(const std::shared_ptr<const std::string> object, Find(key));
  return *object;
}

Result<std::string> MemoryStore::ReadRange(const std::string& key, uint64_t offset,
                                           uint64_t size) const {
  VIVACE_ASSIGN(const std::shared_ptr<const std::string> object, Find(key));
  if (offset > object->size() || size > object->size() - offset) {
    return Fail(ErrorCode::kOutOfRange,
                fmt::format("\"{}\" has {} bytes, requested {} at offset {}", key, object->size(),
                            size, offset));
  }
  return object->substr(offset, size);
}

Result<uint64_t> MemoryStore::Size(const std::string& key) const {
  VIVACE_ASSIGN(const std::shared_ptr<const std::string> object, Find(key));
  return object->size();
}

Status MemoryStore::Write(const std::string& key, std::string_view bytes) {
  VIVACE_TRY(CheckKey(key));
  const std::lock_guard lock(mutex_);
  objects_[key] = std::make_shared<const std::string>(bytes);
  return {};
}

Result<std::unique_ptr<ObjectWriter>> MemoryStore::Create(const std::string& key) {
  VIVACE_TRY(CheckKey(key));
  return std::make_unique<MemoryWriter>(*this, key);
}

Result<std::vector<std::string>> MemoryStore::List(const std::string& prefix) const {
  VIVACE_TRY(CheckPrefix(prefix));
  const std::string folder = prefix.empty() ? "" : prefix + "/";
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (auto at = objects_.lower_bound(folder);
       at != objects_.end() && at->first.starts_with(folder); ++at) {
    const std::string rest = at->first.substr(folder.size());
    std::string name = rest.substr(0, rest.find('/'));
    if (names.empty() || names.back() != name) names.push_back(std::move(name));
  }
  std::ranges::sort(names);  // keys are in order with what follows the name
  return names;
}

Status MemoryStore::Delete(const std::string& key) {
  VIVACE_TRY(CheckKey(key));
  const std::lock_guard lock(mutex_);
  return objects_.erase(key) > 0 ? Status() : NotFound(key);
}

Status MemoryStore::DeleteAll(const std::string& prefix) {
  VIVACE_TRY(CheckKey(prefix));
  const std::lock_guard lock(mutex_);
  std::erase_if(objects_, [&](const auto& entry) { return entry.first.starts_with(prefix + "/"); });
  return {};
}

Status MemoryStore::Rename(const std::string& from, const std::string& to) {
  VIVACE_TRY(CheckKey(from));
  VIVACE_TRY(CheckKey(to));
  const std::lock_guard lock(mutex_);
  auto node = objects_.extract(from);
  if (node.empty()) return NotFound(from);
  objects_[to] = std::move(node.mapped());
  return {};
}

}  // namespace vivace
