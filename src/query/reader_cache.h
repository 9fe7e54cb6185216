// ReaderCache: readers of blocks that were read lately, within a budget of memory.
//
// What is kept is what is counted (ReaderMemory): a reader is counted anew whenever it has been
// used, and then the least recently used ones give up what they have: beyond half of the budget
// dictionaries and row structures, beyond three quarters footers and page positions, beyond all of
// it the reader. The one in use is no exception: whoever holds it goes on with it and answers for
// its memory. Any thread; nothing is read or freed under the lock. Cost: a hash lookup to get a
// reader, some more to recount it.
#pragma once

#include <array>
#include <cstring>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "block/block_reader.h"
#include "object/object_store.h"

namespace vivace {

class ReaderCache {
 public:
  // `store` must outlive the cache.
  ReaderCache(const ObjectStore& store, size_t bytes_max) : store_(store), bytes_max_(bytes_max) {}

  // The reader of a block, a new one where none is kept. Reads nothing.
  Result<std::shared_ptr<BlockReader>> Get(const std::shared_ptr<const BlockMeta>& meta);
  // To be called after a reader has been used: it may have grown. Returns its memory.
  size_t Recount(const BlockReader& reader);

  // What all kept readers take, as last counted.
  size_t bytes() const;

 private:
  // Part of a reader that is given up, the first one first.
  enum Tier : uint8_t { kDecoded, kFile, kWhole };
  static constexpr size_t kTiers = 3;
  struct IdHash {
    size_t operator()(const Uuid& id) const {
      size_t hash;
      std::memcpy(&hash, id.bytes.data(), sizeof hash);
      return hash;
    }
  };
  using Order = std::list<Uuid>;
  struct Entry {
    std::shared_ptr<BlockReader> reader;
    ReaderMemory memory;
    // In order_ of each tier that it has something of.
    std::array<std::optional<Order::iterator>, kTiers> places;
  };
  struct Victim {
    std::shared_ptr<BlockReader> reader;
    Tier tier;
  };

  // To be called with mutex_ held.
  void Count(const Uuid& id, Entry& entry, const ReaderMemory& memory);
  void Touch(Entry& entry);
  std::vector<Victim> TakeVictims();
  Victim TakeFrom(Tier tier);
  // Without it.
  static void Free(const std::vector<Victim>& victims);

  const ObjectStore& store_;
  const size_t bytes_max_;
  mutable std::mutex mutex_;
  std::unordered_map<Uuid, Entry, IdHash> entries_;  // guarded by mutex_
  std::array<Order, kTiers> order_;  // guarded by mutex_: the most recently used first
  size_t bytes_ = 0;                 // guarded by mutex_
};

}  // namespace vivace
