// FaultyStore: hands every operation to another store, except those that a test wants to fail.
//
//   FaultyStore store(inner); store.FailAt(3, error); ... store.FailAll(FaultyStore::Kind::kWrite, error);
//
// Appending to and closing a created object count as operations of their own (kWrite), so that a write can break in the middle.
// Any thread. The inner store and this one must outlive the writers they hand out.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "object/object_store.h"

namespace vivace {

class FaultyStore : public ObjectStore {
 public:
  enum class Kind { kRead, kWrite, kList, kDelete, kRename };

  explicit FaultyStore(ObjectStore& inner) : inner_(inner) {}

  // The n-th operation from now (0: the next) fails, whatever it is.
  void FailAt(uint64_t n, Error error);
  // All operations of the kind fail until Heal().
  void FailAll(Kind kind, Error error);
  void Heal();
  uint64_t operations() const;

  Result<std::string> Read(const std::string& key) const override;
  Result<std::string> ReadRange(const std::string& key, uint64_t offset, uint64_t size) const override;
  Result<uint64_t> Size(const std::string& key) const override;
  Status Write(const std::string& key, std::string_view bytes) override;
  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) override;
  Result<std::vector<std::string>> List(const std::string& prefix) const override;
  Status Delete(const std::string& key) override;
  Status DeleteAll(const std::string& prefix) override;
  Status Rename(const std::string& from, const std::string& to) override;

  // Counts an operation and says whether it is to fail.
  Status Enter(Kind kind) const;

 private:
  ObjectStore& inner_;
  mutable std::mutex mutex_;
  mutable uint64_t operations_ = 0;
  std::optional<std::pair<uint64_t, Error>> fail_at_;
  std::map<Kind, Error> fail_all_;
};

}  // namespace vivace
