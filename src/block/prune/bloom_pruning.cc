#include "block/prune/bloom_pruning.h"

#include <utility>

#include "base/error_context.h"
#include "base/hash/crc32c.h"

namespace vivace {
namespace {

// Of a node of the map, about: its key, pointers and the shared pointer's counts.
constexpr size_t kNodeBytes = 96;

}  // namespace

Result<bool> BloomPruning::MayContain(const TraceId& id, ReadStats& stats, uint64_t& bloom_bytes) {
  VIVACE_ASSIGN(const ShardPointer shard,
                Shard(BloomShardOf(id, BloomShardsOf(meta_)), stats, bloom_bytes));
  return shard->MayContain(id);
}

bool BloomPruning::IsKnownToLack(const TraceId& id) const {
  const ShardPointer kept = Kept(BloomShardOf(id, BloomShardsOf(meta_)));
  return kept != nullptr && !kept->MayContain(id);
}

Result<BloomPruning::ShardPointer> BloomPruning::Shard(uint32_t shard, ReadStats& stats,
                                                       uint64_t& bloom_bytes) {
  if (ShardPointer kept = Kept(shard); kept != nullptr) return kept;
  return Read(shard, stats, bloom_bytes);
}

BloomPruning::ShardPointer BloomPruning::Kept(uint32_t shard) const {
  const std::lock_guard lock(mutex_);
  const auto found = shards_.find(shard);
  return found == shards_.end() ? nullptr : found->second;
}

// Two threads may read it at once: the first one's is kept.
Result<BloomPruning::ShardPointer> BloomPruning::Read(uint32_t shard, ReadStats& stats,
                                                      uint64_t& bloom_bytes) {
  const std::string name = BloomName(shard);
  ++stats.reads;
  VIVACE_ASSIGN(std::string bytes, store_.Read(BlockKey(meta_.tenant_id, meta_.block_id, name)));
  bloom_bytes += bytes.size();
  if (shard < meta_.bloom_crc32c.size() && Crc32c(bytes) != meta_.bloom_crc32c[shard])
    return Fail(ErrorCode::kDataLoss, name + ": the checksum does not match");
  VIVACE_ASSIGN(BloomShard parsed, WithContext(BloomShard::Parse(std::move(bytes)), name));
  const std::lock_guard lock(mutex_);
  ShardPointer& kept = shards_[shard];
  if (kept == nullptr) {
    kept = std::make_shared<const BloomShard>(std::move(parsed));
    bytes_ += kNodeBytes + kept->MemoryBytes();
  }
  return kept;
}

size_t BloomPruning::MemoryBytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace vivace
