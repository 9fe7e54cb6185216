// BloomPruning: whether a block may have a trace, by its bloom filter: step 2 of pruning_steps.h.
//
// Owned by a BlockReader, for one block. Shards are read when they are first needed, and kept. Any
// thread; two may read the same shard at once, and no lock is held meanwhile. Memory: of the shards
// read what BloomShard keeps (at most 100 KiB each by default). Inside src/block only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "block/format/bloom.h"
#include "block/format/meta.h"
#include "object/object_store.h"
#include "parquet/read_stats.h"

namespace vivace {

class BloomPruning {
 public:
  // Both must outlive this.
  BloomPruning(const ObjectStore& store, const BlockMeta& meta) : store_(store), meta_(meta) {}

  // False: the trace is certainly not in the block. `bloom_bytes` grows by what had to be read.
  // Errors name the shard.
  Result<bool> MayContain(const TraceId& id, ReadStats& stats, uint64_t& bloom_bytes);
  // Whether that is known of the block without reading.
  bool IsKnownToLack(const TraceId& id) const;
  using ShardPointer = std::shared_ptr<const BloomShard>;
  // One of the shards. Errors name it.
  Result<ShardPointer> Shard(uint32_t shard, ReadStats& stats, uint64_t& bloom_bytes);

  size_t MemoryBytes() const;

 private:
  ShardPointer Kept(uint32_t shard) const;
  Result<ShardPointer> Read(uint32_t shard, ReadStats& stats, uint64_t& bloom_bytes);

  const ObjectStore& store_;
  const BlockMeta& meta_;
  mutable std::mutex mutex_;
  std::map<uint32_t, ShardPointer> shards_;  // guarded by mutex_
  size_t bytes_ = 0;                         // guarded by mutex_: what they take
};

}  // namespace vivace
