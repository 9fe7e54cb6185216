// FaultyStore: hands every operation to another store, except those that a test wants to fail
// (base/fault_plan.h).
//
// Appending to and closing a created object count as operations of their own (kWrite), so that a
// write can break in the middle. Any thread. The inner store and this one must outlive the writers
// they hand out.
#pragma once

#include <memory>
#include <string>

#include "base/fault_plan.h"
#include "object/object_store.h"

namespace vivace {

class FaultyStore : public ObjectStore {
 public:
  enum class Kind { kRead, kWrite, kList, kDelete, kRename };

  explicit FaultyStore(ObjectStore& inner) : inner_(inner) {}

  FaultPlan<Kind>& plan() { return plan_; }

  Result<std::string> Read(const std::string& key) const override;
  Result<std::string> ReadRange(const std::string& key, uint64_t offset,
                                uint64_t size) const override;
  Result<uint64_t> Size(const std::string& key) const override;
  bool is_remote() const override { return inner_.is_remote(); }
  Status Write(const std::string& key, std::string_view bytes) override;
  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) override;
  Result<std::vector<std::string>> List(const std::string& prefix) const override;
  Status Delete(const std::string& key) override;
  Status DeleteAll(const std::string& prefix) override;
  Status Rename(const std::string& from, const std::string& to) override;

 private:
  ObjectStore& inner_;
  FaultPlan<Kind> plan_;
};

}  // namespace vivace
