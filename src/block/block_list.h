// BlockList: which blocks are live, by tenant. Polled from the object store, and notified at once
// of blocks that this process writes or removes.
//
// Readers take a snapshot, a pointer; changes replace it. Any thread. One bad meta.json costs that
// block, not its tenant: it is reported and tried again at the next poll.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "block/format/meta.h"
#include "object/object_store.h"

namespace vivace {

struct PollReport {
  uint64_t blocks = 0;  // live ones afterwards
  uint64_t added = 0;
  uint64_t removed = 0;
  std::vector<Error>
      problems;  // blocks or tenants that could not be read; what was known of them stays
};

class BlockList {
 public:
  using Blocks = std::vector<BlockMeta>;  // by id

  // The blocks of a tenant now; never null.
  std::shared_ptr<const Blocks> Snapshot(const std::string& tenant) const;
  // Tenants with blocks, sorted.
  std::vector<std::string> Tenants() const;

  void Add(BlockMeta meta);
  void Remove(const std::string& tenant, const Uuid& block);

  // Brings the list in line with the store: one listing per block and a read per new one. Blocks
  // added or removed by the calls above meanwhile stay as they were set. An error only where the
  // tenants cannot be listed. One poll at a time.
  Result<PollReport> Poll(const ObjectStore& store);

 private:
  using Changes = std::set<std::pair<std::string, Uuid>>;

  void PollTenant(const ObjectStore& store, const std::string& tenant, PollReport& report);
  void Merge(const std::string& tenant, Blocks seen, PollReport& report);
  void Replace(const std::string& tenant, Blocks blocks);

  std::mutex poll_mutex_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Blocks>> tenants_;
  Changes changed_;  // by Add and Remove since the poll began
  bool polling_ = false;
};

}  // namespace vivace
