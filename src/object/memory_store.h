// MemoryStore: an object store in memory, the fake that tests use. Any thread; one mutex.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "object/object_store.h"

namespace vivace {

class MemoryStore : public ObjectStore {
 public:
  Result<std::string> Read(const std::string& key) const override;
  Result<std::string> ReadRange(const std::string& key, uint64_t offset,
                                uint64_t size) const override;
  Result<uint64_t> Size(const std::string& key) const override;
  Status Write(const std::string& key, std::string_view bytes) override;
  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) override;
  Result<std::vector<std::string>> List(const std::string& prefix) const override;
  Status Delete(const std::string& key) override;
  Status DeleteAll(const std::string& prefix) override;
  Status Rename(const std::string& from, const std::string& to) override;

 private:
  // By value: an object may be replaced while it is read.
  Result<std::shared_ptr<const std::string>> Find(const std::string& key) const;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const std::string>> objects_;
};

}  // namespace vivace
