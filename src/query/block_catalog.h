// BlockCatalog: the live blocks of the process and readers for those that are asked for.
//
// Follows the object store by polling; blocks that this process writes are added at once. Readers
// are kept within a budget (reader_cache.h). Damage is counted and logged here. Any thread; no lock
// is held while the store is read.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "block/block_list.h"
#include "block/block_reader.h"
#include "object/object_store.h"
#include "query/fetch_threads.h"
#include "query/reader_cache.h"

namespace vivace {

class BlockCatalog {
 public:
  // `store` and `metrics` must outlive the catalog.
  BlockCatalog(const ObjectStore& store, Metrics& metrics,
               size_t reader_bytes_max = size_t{64} << 20);
  ~BlockCatalog();

  // Lists the store once and from then on every `period`. An error where the tenants cannot be
  // listed.
  Status Start(std::chrono::nanoseconds period);
  void Stop();

  void Add(const BlockMeta& meta);

  // The blocks of a tenant. UNAVAILABLE where there may be others, because the store could not be
  // read; it is then asked again, once a second at most.
  Result<std::shared_ptr<const BlockList::Listed>> Blocks(const std::string& tenant);
  std::vector<std::string> Tenants() const { return list_.Tenants(); }
  // Lists the blocks of these tenants anew. UNAVAILABLE where that is not possible now.
  Status Refresh(const std::vector<std::string>& tenants);

  // The reader of a block of the list, to be given to Used afterwards. Reads nothing; UNIMPLEMENTED
  // for a format that cannot be read.
  Result<std::shared_ptr<BlockReader>> Reader(const std::shared_ptr<const BlockMeta>& meta) {
    return readers_.Get(meta);
  }
  // The reader may have grown. Returns its memory, which is kept only as far as the budget allows.
  size_t Used(const BlockReader& reader) { return readers_.Recount(reader); }
  size_t reader_bytes() const { return readers_.bytes(); }

  // The threads that wait for the store; null where it is not remote.
  const std::shared_ptr<FetchThreads>& fetchers() const { return fetchers_; }

  // Counted by ReportDamage; there from the first call on.
  static Counter& DamagedReads(Metrics& metrics, const std::string& tenant);
  // Counts and logs a block of which something could not be read, so that operators learn of it
  // though answers go on without it.
  void ReportDamage(const BlockMeta& meta, const Error& error);
  // Whether the block is known to lack an object although it is still listed: reading the list once
  // more would not help. Asked anew after each poll.
  bool IsIncomplete(const BlockMeta& meta) const;

 private:
  using Clock = std::chrono::steady_clock;

  Status Poll();
  void Note(const PollReport& report);
  void ShowLength(const std::string& tenant);
  void Run(std::chrono::nanoseconds period);
  bool MayTryAgain(const std::string& tenant);

  const ObjectStore& store_;
  Metrics& metrics_;
  BlockList list_;
  ReaderCache readers_;
  const std::shared_ptr<FetchThreads> fetchers_;
  mutable std::mutex mutex_;
  std::map<Uuid, Clock::time_point> damage_logged_;       // guarded by mutex_: when last
  std::map<std::string, Clock::time_point> tried_again_;  // guarded by mutex_: by tenant, when last
  std::set<Uuid> incomplete_;                             // guarded by mutex_
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace vivace
