#include "block/format/bloom.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>

#include "base/hash/murmur3.h"

namespace vivace {
namespace {

constexpr size_t kHeaderBytes = 24;  // bits, hashes, bits again; big-endian
constexpr uint64_t kHashesMax = 64;

// Set bits are kept in place of the words where they take at most this part of their memory.
constexpr size_t kSparseGainMin = 2;

void AppendBigEndian(uint64_t value, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

uint64_t ReadBigEndian(const char* bytes) {
  uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap64(value);
}

struct BloomHeader {
  uint64_t bits = 0;
  uint64_t hashes = 0;
};

Result<BloomHeader> ParseHeader(std::string_view shard) {
  if (shard.size() < kHeaderBytes)
    return Fail(ErrorCode::kDataLoss,
                fmt::format("a bloom filter of {} bytes has no header", shard.size()));
  const uint64_t bits = ReadBigEndian(shard.data());
  const uint64_t hashes = ReadBigEndian(shard.data() + 8);
  const uint64_t length = ReadBigEndian(shard.data() + 16);
  const uint64_t capacity = (shard.size() - kHeaderBytes) / sizeof(uint64_t) * 64;
  if (bits == 0 || bits != length || bits > capacity || bits + 64 <= capacity || hashes == 0 ||
      hashes > kHashesMax) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("bloom filter header: {} bits ({}) and {} hashes in {} bytes", bits,
                            length, hashes, shard.size()));
  }
  return BloomHeader{bits, hashes};
}

uint64_t WordAt(std::string_view words, uint64_t index) {
  return ReadBigEndian(words.data() + index * sizeof(uint64_t));
}

size_t CountSetBits(std::string_view words) {
  size_t set = 0;
  for (size_t index = 0; index < words.size() / sizeof(uint64_t); ++index)
    set += static_cast<size_t>(std::popcount(WordAt(words, index)));
  return set;
}

std::vector<uint32_t> SetBits(std::string_view words, size_t count) {
  std::vector<uint32_t> set;
  set.reserve(count);
  for (size_t index = 0; index < words.size() / sizeof(uint64_t); ++index) {
    for (uint64_t left = WordAt(words, index); left != 0; left &= left - 1)
      set.push_back(static_cast<uint32_t>(index * 64) +
                    static_cast<uint32_t>(std::countr_zero(left)));
  }
  return set;
}

double EstimateBits(double ids, double false_positives) {
  return std::ceil(-ids * std::log(false_positives) / (std::numbers::ln2 * std::numbers::ln2));
}

}  // namespace

ShardedBloom::ShardedBloom(uint64_t expected_ids, double false_positives, uint64_t shard_bytes)
    : shard_bits_(shard_bytes * 8) {
  const double ids = static_cast<double>(std::max<uint64_t>(expected_ids, 1));
  const double bits = EstimateBits(ids, false_positives);
  hashes_ = static_cast<uint32_t>(std::ceil(std::numbers::ln2 * bits / ids));
  const double shards =
      std::clamp(std::ceil(bits / static_cast<double>(shard_bits_)), 1.0, double{kShardsMax});
  shards_.assign(static_cast<size_t>(shards), std::vector<uint64_t>((shard_bits_ + 63) / 64));
}

void ShardedBloom::Add(const TraceId& id) {
  std::vector<uint64_t>& words = shards_[BloomShardOf(id, shard_count())];
  const BloomBits bits(id);
  for (uint32_t i = 0; i < hashes_; ++i) {
    const uint64_t bit = bits.At(i, shard_bits_);
    words[bit >> 6] |= uint64_t{1} << (bit & 63);
  }
}

std::string ShardedBloom::Shard(uint32_t shard) const {
  std::string bytes;
  bytes.reserve(kHeaderBytes + shards_[shard].size() * sizeof(uint64_t));
  AppendBigEndian(shard_bits_, bytes);
  AppendBigEndian(hashes_, bytes);
  AppendBigEndian(shard_bits_, bytes);
  for (const uint64_t word : shards_[shard]) AppendBigEndian(word, bytes);
  return bytes;
}

uint32_t BloomShardOf(const TraceId& id, uint32_t shard_count) {
  uint32_t hash = 2'166'136'261;
  for (const uint8_t byte : id.bytes) hash = (hash * 16'777'619) ^ byte;
  return hash % shard_count;
}

BloomBits::BloomBits(const TraceId& id) {
  const auto [v0, v1] = Murmur3(id.View());
  std::array<char, TraceId::kBytes + 1> longer;
  std::memcpy(longer.data(), id.bytes.data(), TraceId::kBytes);
  longer.back() = '\x01';
  const auto [v2, v3] = Murmur3({longer.data(), longer.size()});
  words_ = {v0, v1, v2, v3};
}

Result<BloomShard> BloomShard::Parse(std::string bytes) {
  VIVACE_ASSIGN(const BloomHeader header, ParseHeader(bytes));
  BloomShard shard;
  shard.bits_ = header.bits;
  shard.hashes_ = header.hashes;
  const std::string_view words = std::string_view(bytes).substr(kHeaderBytes);
  const size_t set = CountSetBits(words);
  if (set * sizeof(uint32_t) * kSparseGainMin <= words.size() && header.bits <= UINT32_MAX) {
    shard.set_bits_ = SetBits(words, set);
  } else {
    bytes.erase(0, kHeaderBytes);
    shard.words_ = std::move(bytes);
  }
  return shard;
}

bool BloomShard::IsSet(uint64_t bit) const {
  if (words_.empty()) return std::ranges::binary_search(set_bits_, static_cast<uint32_t>(bit));
  return (WordAt(words_, bit >> 6) >> (bit & 63) & 1) != 0;
}

bool BloomShard::MayContain(const TraceId& id) const {
  const BloomBits id_bits(id);
  for (uint64_t i = 0; i < hashes_; ++i) {
    if (!IsSet(id_bits.At(i, bits_))) return false;
  }
  return true;
}

}  // namespace vivace
