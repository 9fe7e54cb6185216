// BlockCatalog: the live blocks of the process and open readers for those that were asked for.
//
// Follows the object store by polling; blocks that this process writes are added at once. Readers
// keep parsed footers, page positions and dictionaries; together they stay below a budget: of the
// ones not used for longest first the dictionaries are dropped (beyond half of it), then all. Any
// thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "block/block_list.h"
#include "block/block_reader.h"
#include "object/object_store.h"

namespace vivace {

class BlockCatalog {
 public:
  // `store` and `metrics` must outlive the catalog.
  BlockCatalog(const ObjectStore& store, Metrics& metrics,
               size_t reader_bytes_max = size_t{64} << 20);
  ~BlockCatalog();

  // Lists the store once and from then on every `period`.
  Status Start(std::chrono::nanoseconds period);
  void Stop();

  void Add(const BlockMeta& meta);
  std::shared_ptr<const BlockList::Blocks> Blocks(const std::string& tenant) const {
    return list_.Snapshot(tenant);
  }
  std::vector<std::string> Tenants() const { return list_.Tenants(); }
  // The reader of a block of the list.
  Result<std::shared_ptr<BlockReader>> Reader(const BlockMeta& meta);
  // To be called after a reader has been used: it may have grown.
  void Trim();

  // Counts and logs a block that could not be read, so that operators learn of it though answers go
  // on without it.
  void ReportDamage(const BlockMeta& meta, const Error& error);

 private:
  struct Entry {
    std::shared_ptr<BlockReader> reader;
    std::list<Uuid>::iterator lru_position;
  };

  Status Poll();
  void Run(std::chrono::nanoseconds period);

  const ObjectStore& store_;
  Metrics& metrics_;
  const size_t reader_bytes_max_;
  BlockList list_;
  std::mutex mutex_;
  std::map<Uuid, Entry> readers_;  // guarded by mutex_
  std::list<Uuid> lru_;            // guarded by mutex_: the most recently used first
  std::map<Uuid, std::chrono::steady_clock::time_point>
      damage_logged_;  // guarded by mutex_: when last
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace vivace
