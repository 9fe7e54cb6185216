#include "block/format/bloom.h"

#include <gtest/gtest.h>

#include "base/hash/murmur3.h"

namespace vivace {
namespace {

struct Vector {
  const char* id;
  uint32_t fnv;
  uint64_t words[4];
  uint64_t bits[7];
};

// The vectors of spec/storage.md 4.2.
constexpr Vector kVectors[] = {
    {"000102030405060708090a0b0c0d0e0f",
     0x32e1f245,
     {0x444924b591903f30, 0xab906456762fe845, 0x106300c22a596dc7, 0x010b4135a11d549e},
     {474928, 638179, 518252, 536986, 95820, 724827, 604900}},
    {"00000000000000000000000000000001",
     0x69691904,
     {0x23eff26357c48224, 0x01897af0aa0ca051, 0x640eb8ebaa79f30c, 0xea7a7a80f5febcaf},
     {557604, 548096, 97154, 260469, 806484, 479164, 28222}},
    {"463ac35c9f6413ad48485a3953bb6124",
     0xc4c045a3,
     {0xe34137ede784205a, 0x2029493eabb0e6ac, 0xda7fe30d215c2c98, 0x65ffe5d23470f3b8},
     {630874, 55908, 67530, 617588, 742074, 567620, 579242}},
};

TEST(Bloom, MatchesTheVectors) {
  for (const Vector& vector : kVectors) {
    const TraceId id = ParseTraceId(vector.id).value();
    EXPECT_EQ(BloomShardOf(id, 1000), vector.fnv % 1000);
    EXPECT_EQ(Murmur3(id.View()), (std::array{vector.words[0], vector.words[1]}));
    EXPECT_EQ(Murmur3(std::string(id.View()) + '\x01'),
              (std::array{vector.words[2], vector.words[3]}));
    for (uint32_t i = 0; i < 7; ++i) EXPECT_EQ(BloomBits(id).At(i, 819'200), vector.bits[i]);
  }
}

TEST(Bloom, SizesFollowFromTheExpectedIds) {
  const ShardedBloom small(1);
  EXPECT_EQ(small.shard_count(), 1u);
  EXPECT_EQ(small.hash_count(), 7u);
  EXPECT_EQ(small.Shard(0).size(), 102'424u);
  EXPECT_EQ(ShardedBloom(100'000, 0.005).hash_count(), 8u);
  EXPECT_EQ(ShardedBloom(1'000'000).shard_count(), 12u);
  EXPECT_EQ(ShardedBloom(10'000'000'000).shard_count(), 1000u);
}

TraceId IdOf(uint64_t number) {
  TraceId id;
  std::memcpy(id.bytes.data(), &number, sizeof number);
  return id;
}

TEST(Bloom, HoldsWhatWasAddedAndLittleElse) {
  constexpr uint64_t kIds = 200'000;
  ShardedBloom bloom(kIds);
  ASSERT_EQ(bloom.shard_count(), 3u);
  for (uint64_t i = 0; i < kIds; ++i) bloom.Add(IdOf(i));
  std::vector<BloomShard> shards;
  for (uint32_t shard = 0; shard < 3; ++shard)
    shards.push_back(BloomShard::Parse(bloom.Shard(shard)).value());
  uint64_t wrong = 0;
  for (uint64_t i = 0; i < 2 * kIds; ++i) {
    const bool found = shards[BloomShardOf(IdOf(i), 3)].MayContain(IdOf(i));
    EXPECT_TRUE(found || i >= kIds);
    if (i >= kIds && found) ++wrong;
  }
  EXPECT_LT(wrong, kIds / 50);
}

// What is kept of a shard answers as its bytes do, and takes what its ids need.
TEST(Bloom, AShardOfFewIdsIsKeptInLittleMemory) {
  for (const uint64_t ids :
       {uint64_t{0}, uint64_t{1}, uint64_t{50}, uint64_t{1000}, uint64_t{5000}}) {
    ShardedBloom bloom(60'000);  // of any number up to this one: one shard
    ASSERT_EQ(bloom.shard_count(), 1u);
    for (uint64_t i = 0; i < ids; ++i) bloom.Add(IdOf(i));
    const std::string bytes = bloom.Shard(0);
    const BloomShard kept = BloomShard::Parse(bytes).value();
    for (uint64_t i = 0; i < 3000; ++i) {
      bool expected = true;
      for (uint32_t hash = 0; hash < bloom.hash_count(); ++hash) {
        const uint64_t bit = BloomBits(IdOf(i)).At(hash, 819'200);
        const auto byte = static_cast<uint8_t>(bytes[24 + bit / 64 * 8 + 7 - bit % 64 / 8]);
        expected = expected && (byte >> (bit % 8) & 1) != 0;
      }
      ASSERT_EQ(kept.MayContain(IdOf(i)), expected) << ids << " ids, id " << i;
    }
    EXPECT_LE(kept.MemoryBytes(), std::min<size_t>(200 + ids * 7 * 4, 103'000)) << ids;
  }
}

TEST(Bloom, DamagedHeadersAreErrors) {
  const std::string good = ShardedBloom(1).Shard(0);
  EXPECT_FALSE(BloomShard::Parse(good.substr(0, 23)).has_value());
  EXPECT_FALSE(BloomShard::Parse(good.substr(0, good.size() - 8)).has_value());
  for (size_t at = 0; at < 24; ++at) {
    std::string bad = good;
    bad[at] ^= '\x40';
    EXPECT_FALSE(BloomShard::Parse(bad).has_value()) << at;
  }
}

}  // namespace
}  // namespace vivace
