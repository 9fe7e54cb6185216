#include "block/prune/bloom_pruning.h"

#include <utility>

#include "base/error_context.h"
#include "block/format/bloom.h"

namespace vivace {

Result<bool> BloomPruning::MayContain(const TraceId& id, ReadStats& stats, uint64_t& bloom_bytes) {
  const uint32_t shard = BloomShardOf(id, BloomShardsOf(meta_));
  const auto test = [&]() -> Result<bool> {
    VIVACE_ASSIGN(const std::shared_ptr<const std::string> bytes, Shard(shard, stats, bloom_bytes));
    return BloomMayContain(*bytes, id);
  };
  return WithContext(test(), BloomName(shard));
}

Result<std::shared_ptr<const std::string>> BloomPruning::Shard(uint32_t shard, ReadStats& stats,
                                                               uint64_t& bloom_bytes) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const std::string>& kept = shards_[shard];
  if (kept != nullptr) return kept;
  ++stats.reads;
  VIVACE_ASSIGN(std::string bytes,
                store_.Read(BlockKey(meta_.tenant_id, meta_.block_id, BloomName(shard))));
  bloom_bytes += bytes.size();
  kept = std::make_shared<const std::string>(std::move(bytes));
  return kept;
}

size_t BloomPruning::MemoryBytes() const {
  const std::lock_guard lock(mutex_);
  size_t bytes = 0;
  for (const auto& [shard, bloom] : shards_) bytes += bloom == nullptr ? 0 : bloom->size();
  return bytes;
}

}  // namespace vivace
