// LocalStore: objects as files below a directory of the local disk, in Tempo's layout
// (spec/storage.md 1.1, 1.4).
//
// Better than Tempo's local backend in one respect: an object appears whole and flushed to the
// device, or not at all (temporary file beside it, fsync, rename, fsync of the directory).
// Temporary files (".<name>.<process>.<number>.tmp") are not listed; all else is, whatever its
// name: tenants may begin with a dot. Any thread; every call blocks for the disk. A read opens the
// file anew: a few microseconds.
#pragma once

#include <memory>
#include <string>

#include "base/file_system.h"
#include "object/durable_directories.h"
#include "object/object_store.h"

namespace vivace {

class LocalStore : public ObjectStore {
 public:
  // Creates `root` (mode 0700) where it does not exist. `files` must outlive the store and its
  // writers.
  static Result<std::unique_ptr<LocalStore>> Open(FileSystem& files, const std::string& root);

  Result<std::string> Read(const std::string& key) const override;
  Result<std::string> ReadRange(const std::string& key, uint64_t offset,
                                uint64_t size) const override;
  Result<std::vector<std::string>> ReadRanges(const std::string& key,
                                              std::span<const ByteRange> ranges) const override;
  Result<uint64_t> Size(const std::string& key) const override;
  Result<ObjectPart> ReadEnd(const std::string& key, ObjectEnd end,
                             uint64_t size_max) const override;
  Status Write(const std::string& key, std::string_view bytes) override;
  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) override;
  Result<std::vector<std::string>> List(const std::string& prefix) const override;
  Status Delete(const std::string& key) override;
  Status DeleteAll(const std::string& prefix) override;
  Status Rename(const std::string& from, const std::string& to) override;

 private:
  LocalStore(FileSystem& files, std::string root)
      : files_(files), root_(std::move(root)), directories_(files, root_) {}
  std::string PathOf(const std::string& key) const { return root_ + "/" + key; }

  FileSystem& files_;
  const std::string root_;
  DurableDirectories directories_;
};

}  // namespace vivace
