// Sharded bloom filter over the trace ids of a block, bit for bit Tempo's
// (spec/storage.md 4.1, 4.2).
//
//   (construct Add* Shard*)
//
// The shard of an id is chosen by hash from the number of shards in meta.json; each shard is an
// object "bloom-<n>" of its own with its size and number of hashes inside. A writer holds all
// shards in memory (100 KiB each by default). Not thread-safe; BloomMayContain is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace vivace {

class ShardedBloom {
 public:
  static constexpr double kDefaultFalsePositives = 0.01;
  static constexpr uint64_t kDefaultShardBytes = 102'400;
  static constexpr uint32_t kShardsMax = 1000;

  // `expected_ids` of 0 counts as 1.
  explicit ShardedBloom(uint64_t expected_ids, double false_positives = kDefaultFalsePositives,
                        uint64_t shard_bytes = kDefaultShardBytes);

  void Add(const TraceId& id);

  uint32_t shard_count() const { return static_cast<uint32_t>(shards_.size()); }
  uint32_t hash_count() const { return hashes_; }
  // The bytes of object bloom-<shard>.
  std::string Shard(uint32_t shard) const;

 private:
  uint64_t shard_bits_;
  uint32_t hashes_;
  std::vector<std::vector<uint64_t>> shards_;
};

// The shard that holds `id`.
uint32_t BloomShardOf(const TraceId& id, uint32_t shard_count);

// Whether `id` may have been added, by the bytes of its shard; DATA_LOSS where the bytes are not a
// bloom filter.
Result<bool> BloomMayContain(std::string_view shard, const TraceId& id);

// The i-th bit that `id` sets in a filter of `bits` bits. Exposed for tests.
uint64_t BloomBit(const TraceId& id, uint32_t i, uint64_t bits);

}  // namespace vivace
