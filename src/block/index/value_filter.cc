#include "block/index/value_filter.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/hash/crc32c.h"

namespace vivace {
namespace {

static_assert(std::endian::native == std::endian::little, "words are stored as they are");

constexpr uint64_t kBitsPerValue = 10;
constexpr uint64_t kBitsPerFilterBlock = ValueFilter::kBlockBytes * 8;

// Odd numbers by which the lower half of a hash becomes eight independent ones, as in Parquet's
// filters.
constexpr std::array<uint32_t, 8> kSalts = {0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d,
                                            0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31};

uint64_t BlockOfHash(uint64_t hash, uint64_t blocks) { return ((hash >> 32) * blocks) >> 32; }

// The bit of each of the eight words.
uint64_t BitOf(uint64_t hash, size_t word) {
  return uint64_t{1} << ((static_cast<uint32_t>(hash) * kSalts[word]) >> 26);
}

}  // namespace

uint64_t HashValueForFilter(const AttributeValue& value) {
  const auto seed = static_cast<uint64_t>(value.kind);
  return value.HasText() ? XXH3_64bits_withSeed(value.text.data(), value.text.size(), seed)
                         : XXH3_64bits_withSeed(&value.bits, sizeof value.bits, seed);
}

uint64_t ValueFilter::BlocksFor(uint64_t values) {
  return std::max<uint64_t>(
      1, (values * kBitsPerValue + kBitsPerFilterBlock - 1) / kBitsPerFilterBlock);
}

uint64_t ValueFilter::StoredBytes(uint64_t blocks) {
  return blocks * kBlockBytes + (blocks + kPageBlocks - 1) / kPageBlocks * sizeof(uint32_t);
}

void ValueFilter::Add(uint64_t hash) {
  uint64_t* block = words_.data() + BlockOfHash(hash, blocks()) * kBlockWords;
  for (size_t word = 0; word < kBlockWords; ++word) block[word] |= BitOf(hash, word);
}

std::string ValueFilter::Store() const {
  std::string stored;
  stored.reserve(StoredBytes(blocks()));
  for (size_t begin = 0; begin < words_.size(); begin += kPageBlocks * kBlockWords) {
    const size_t words = std::min(kPageBlocks * kBlockWords, words_.size() - begin);
    const std::string_view page(reinterpret_cast<const char*>(words_.data() + begin),
                                words * sizeof(uint64_t));
    const uint32_t crc = Crc32c(page);
    stored += page;
    stored.append(reinterpret_cast<const char*>(&crc), sizeof crc);
  }
  return stored;
}

ValueFilter::PagePosition ValueFilter::PageOf(uint64_t hash, uint64_t blocks) {
  const uint64_t page = BlockOfHash(hash, blocks) / kPageBlocks;
  const uint64_t in_page = std::min<uint64_t>(kPageBlocks, blocks - page * kPageBlocks);
  return {page * kPageBytes, in_page * kBlockBytes + sizeof(uint32_t)};
}

Result<bool> ValueFilter::PageMayHave(std::string_view page, uint64_t hash, uint64_t blocks) {
  uint32_t crc = 0;
  if (page.size() != PageOf(hash, blocks).size)
    return Fail(ErrorCode::kDataLoss, "a page of a filter has another size");
  const std::string_view content = page.substr(0, page.size() - sizeof crc);
  std::memcpy(&crc, page.data() + content.size(), sizeof crc);
  if (Crc32c(content) != crc)
    return Fail(ErrorCode::kDataLoss, "a page of a filter does not match its checksum");
  std::array<uint64_t, kBlockWords> block{};
  std::memcpy(block.data(), content.data() + BlockOfHash(hash, blocks) % kPageBlocks * kBlockBytes,
              kBlockBytes);
  for (size_t word = 0; word < kBlockWords; ++word) {
    if ((block[word] & BitOf(hash, word)) == 0) return false;
  }
  return true;
}

}  // namespace vivace
