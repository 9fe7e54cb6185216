#include "base/hash/murmur3.h"

#include <bit>
#include <cstring>

namespace vivace {
namespace {

constexpr uint64_t kFirst = 0x87c37b91114253d5;
constexpr uint64_t kSecond = 0x4cf5ad432745937f;
constexpr size_t kBlock = 16;

uint64_t Finish(uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

uint64_t MixFirst(uint64_t word) { return std::rotl(word * kFirst, 31) * kSecond; }
uint64_t MixSecond(uint64_t word) { return std::rotl(word * kSecond, 33) * kFirst; }

// Two little-endian words of up to 16 bytes, filled with zeros.
std::array<uint64_t, 2> Load(std::string_view bytes) {
  static_assert(std::endian::native == std::endian::little);
  std::array<uint64_t, 2> words{};
  std::memcpy(words.data(), bytes.data(), bytes.size());
  return words;
}

}  // namespace

std::array<uint64_t, 2> Murmur3(std::string_view bytes) {
  const uint64_t size = bytes.size();
  uint64_t h1 = 0;
  uint64_t h2 = 0;
  for (; bytes.size() >= kBlock; bytes.remove_prefix(kBlock)) {
    const auto [k1, k2] = Load(bytes.substr(0, kBlock));
    h1 = (std::rotl(h1 ^ MixFirst(k1), 27) + h2) * 5 + 0x52dce729;
    h2 = (std::rotl(h2 ^ MixSecond(k2), 31) + h1) * 5 + 0x38495ab5;
  }
  const auto [k1, k2] = Load(bytes);  // zeros mix to zeros
  h1 ^= MixFirst(k1) ^ size;
  h2 ^= MixSecond(k2) ^ size;
  h1 += h2;
  h2 += h1;
  h1 = Finish(h1);
  h2 = Finish(h2);
  h1 += h2;
  h2 += h1;
  return {h1, h2};
}

}  // namespace vivace
