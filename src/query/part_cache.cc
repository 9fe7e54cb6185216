#include "query/part_cache.h"

#include <iterator>
#include <utility>

namespace vivace {
namespace {

// Of an entry beside its part and key: nodes of list and map; about.
constexpr size_t kPartEntryBytes = 128;

}  // namespace

std::shared_ptr<const CollectedPart> PartCache::Get(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(key);
  if (found == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->part;
}

void PartCache::Remove(Entries::iterator entry, Entries& removed) {
  bytes_ -= entry->bytes;
  places_.erase(entry->key);
  removed.splice(removed.end(), entries_, entry);
}

void PartCache::Put(const std::string& key, std::shared_ptr<const CollectedPart> part) {
  const size_t bytes = part->MemoryBytes() + 2 * key.size() + kPartEntryBytes;
  if (bytes > bytes_max_ / 8) return;
  Entries removed;  // freed without the lock
  const std::lock_guard lock(mutex_);
  if (const auto known = places_.find(key); known != places_.end()) Remove(known->second, removed);
  while (bytes_ + bytes > bytes_max_ && !entries_.empty())
    Remove(std::prev(entries_.end()), removed);
  entries_.push_front({key, std::move(part), bytes});
  places_.emplace(key, entries_.begin());
  bytes_ += bytes;
}

size_t PartCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace vivace
