// Sharded bloom filter over the trace ids of a block, bit for bit Tempo's
// (spec/storage.md 4.1, 4.2).
//
//   (construct Add* Shard*)
//
// The shard of an id is chosen by hash from the number of shards in meta.json; each shard is an
// object "bloom-<n>" of its own with its size and number of hashes inside. A writer holds all
// shards in memory (100 KiB each by default). Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>
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

// One shard as it is kept for lookups. A shard has its full size however few ids are in it, so
// where few bits are set these are kept instead, in order: a block of fifty traces takes 1.4 KB of
// memory, not 100. Immutable, any thread.
class BloomShard {
 public:
  // DATA_LOSS where the bytes are not a bloom filter.
  static Result<BloomShard> Parse(std::string bytes);

  bool MayContain(const TraceId& id) const;

  uint64_t bits() const { return bits_; }
  uint32_t hashes() const { return static_cast<uint32_t>(hashes_); }
  // Whether set_bits(), ascending, is all that is kept.
  bool is_sparse() const { return words_.empty(); }
  std::span<const uint32_t> set_bits() const { return set_bits_; }

  size_t MemoryBytes() const {
    return sizeof *this + words_.capacity() + set_bits_.capacity() * sizeof(uint32_t);
  }

 private:
  bool IsSet(uint64_t bit) const;

  uint64_t bits_ = 0;
  uint64_t hashes_ = 0;
  std::string words_;               // as stored; empty where the set bits are kept
  std::vector<uint32_t> set_bits_;  // ascending
};

// The bits that an id sets.
class BloomBits {
 public:
  explicit BloomBits(const TraceId& id);
  // The i-th one in a filter of `bits` bits.
  uint64_t At(uint64_t i, uint64_t bits) const {
    return (words_[i & 1] + i * words_[2 + (((i + (i & 1)) & 3) >> 1)]) % bits;
  }

 private:
  std::array<uint64_t, 4> words_;  // from which all bits follow
};

}  // namespace vivace
