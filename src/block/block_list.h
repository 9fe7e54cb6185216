// BlockList: which blocks are live, by tenant. Polled from the object store, and notified at once
// of blocks that this process writes or removes.
//
// Readers take a snapshot, a pointer; changes replace it. Any thread; no lock is held while the
// store is read. What could not be listed is told apart as everywhere (read_failure.h): a block
// whose meta.json is damaged is left out and counted; where a block is known to exist and its
// meta.json cannot be read now, or a tenant has never been listed, the tenant's snapshot says that
// it is not known in full. Cost: about 1.2 KB per block; adding one to a list of n copies n
// pointers.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
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
  using Blocks = std::vector<std::shared_ptr<const BlockMeta>>;  // by id

  // What is known of one tenant.
  struct Listed {
    Blocks blocks;
    uint32_t damaged = 0;          // further blocks, whose meta.json is damaged
    std::optional<Error> unknown;  // why there may be others: the store could not be read
  };

  // Never null.
  std::shared_ptr<const Listed> Snapshot(const std::string& tenant) const;
  // Tenants with blocks, sorted.
  std::vector<std::string> Tenants() const;

  void Add(BlockMeta meta);
  void Remove(const std::string& tenant, const Uuid& block);

  // Brings the list in line with the store: one listing per block and a read per new one. Blocks
  // added or removed by the calls above meanwhile stay as they were set. An error only where the
  // tenants cannot be listed.
  Result<PollReport> Poll(const ObjectStore& store);
  // The same for one tenant.
  PollReport PollTenant(const ObjectStore& store, const std::string& tenant);

 private:
  // One poll under way.
  struct PollState {
    uint64_t number = 0;                             // in the order in which they began
    std::set<std::pair<std::string, Uuid>> changed;  // by Add and Remove since it began
    PollReport report;
  };
  using PollIterator = std::list<PollState>::iterator;

  struct Tenant {
    std::shared_ptr<const Listed> listed;
    uint64_t poll = 0;  // the number of the latest poll that it was brought in line by
  };

  PollIterator BeginPoll();
  PollReport EndPoll(PollIterator poll);
  void PollOne(const ObjectStore& store, const std::string& tenant, PollState& poll);
  void Merge(const std::string& tenant, Listed seen, PollState& poll);
  // To be called with mutex_ held.
  const Listed& Known(const std::string& tenant) const;
  void Replace(const std::string& tenant, Listed listed);
  void NoteChange(const std::string& tenant, const Uuid& block);

  mutable std::mutex mutex_;
  std::map<std::string, Tenant> tenants_;  // guarded by mutex_
  std::list<PollState> polls_;             // guarded by mutex_, reports apart: under way
  uint64_t polls_begun_ = 0;               // guarded by mutex_
};

}  // namespace vivace
