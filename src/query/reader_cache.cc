#include "query/reader_cache.h"

#include <utility>

namespace vivace {
namespace {

// Of an entry in the table and the orders, and of what the allocator adds to a reader; about.
constexpr size_t kEntryBytes = 512;

}  // namespace

Result<std::shared_ptr<BlockReader>> ReaderCache::Get(
    const std::shared_ptr<const BlockMeta>& meta) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(meta->block_id); found != entries_.end()) {
      Touch(found->second);
      return found->second.reader;
    }
  }
  VIVACE_ASSIGN(std::shared_ptr<BlockReader> reader, BlockReader::Open(store_, meta));
  const ReaderMemory memory = reader->Memory();
  std::vector<Victim> victims;
  {
    const std::lock_guard lock(mutex_);
    const auto [added, is_new] = entries_.try_emplace(meta->block_id, Entry{reader, {}, {}});
    if (!is_new) return added->second.reader;  // another thread was faster
    Count(added->first, added->second, memory);
    victims = TakeVictims();
  }
  Free(victims);
  return reader;
}

size_t ReaderCache::Recount(const BlockReader& reader) {
  const ReaderMemory memory = reader.Memory();
  std::vector<Victim> victims;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(reader.meta().block_id);
    if (found == entries_.end() || found->second.reader.get() != &reader) return memory.total();
    Count(found->first, found->second, memory);
    victims = TakeVictims();
  }
  Free(victims);
  return memory.total();
}

size_t ReaderCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void ReaderCache::Count(const Uuid& id, Entry& entry, const ReaderMemory& memory) {
  const size_t before = entry.places[kWhole].has_value() ? entry.memory.total() + kEntryBytes : 0;
  bytes_ = bytes_ - before + memory.total() + kEntryBytes;
  entry.memory = memory;
  const auto set = [&](Tier tier, bool has) {
    if (has == entry.places[tier].has_value()) return;
    if (has) {
      entry.places[tier] = order_[tier].insert(order_[tier].begin(), id);
    } else {
      order_[tier].erase(*std::exchange(entry.places[tier], std::nullopt));
    }
  };
  set(kDecoded, memory.decoded > 0);
  set(kFile, memory.file > 0);
  set(kWhole, true);
}

void ReaderCache::Touch(Entry& entry) {
  for (size_t tier = 0; tier < kTiers; ++tier) {
    if (entry.places[tier].has_value())
      order_[tier].splice(order_[tier].begin(), order_[tier], *entry.places[tier]);
  }
}

std::vector<ReaderCache::Victim> ReaderCache::TakeVictims() {
  std::vector<Victim> victims;
  const size_t most[kTiers] = {bytes_max_ / 2, bytes_max_ / 4 * 3, bytes_max_};
  for (const Tier tier : {kDecoded, kFile, kWhole}) {
    while (bytes_ > most[tier] && !order_[tier].empty()) victims.push_back(TakeFrom(tier));
  }
  return victims;
}

ReaderCache::Victim ReaderCache::TakeFrom(Tier tier) {
  const Uuid id = order_[tier].back();
  const auto found = entries_.find(id);
  Victim victim{found->second.reader, tier};
  ReaderMemory left = found->second.memory;
  left.decoded = 0;
  if (tier != kDecoded) left.file = 0;
  Count(id, found->second, left);
  if (tier == kWhole) {
    bytes_ -= left.total() + kEntryBytes;
    order_[kWhole].pop_back();
    entries_.erase(found);
  }
  return victim;
}

void ReaderCache::Free(const std::vector<Victim>& victims) {
  for (const Victim& victim : victims) {
    if (victim.tier == kDecoded) victim.reader->DropDecoded();
    if (victim.tier == kFile) victim.reader->DropFile();
  }
}

}  // namespace vivace
