#include "base/hash/fast_hash.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <string>

namespace vivace {
namespace {

// Texts of all lengths that differ in one bit or in their length hash differently, and in about
// half of the bits.
TEST(FastHash, TellsTextsApart) {
  uint64_t flips = 0;
  uint64_t pairs = 0;
  for (size_t size = 1; size < 100; ++size) {
    std::set<uint64_t> hashes{FastHash(std::string(size, 'x'))};
    for (size_t bit = 0; bit < 8 * size; ++bit) {
      std::string text(size, 'x');
      text[bit / 8] = static_cast<char>(text[bit / 8] ^ 1 << bit % 8);
      EXPECT_TRUE(hashes.insert(FastHash(text)).second) << size << " " << bit;
      flips +=
          static_cast<uint64_t>(std::popcount(FastHash(text) ^ FastHash(std::string(size, 'x'))));
      ++pairs;
    }
    EXPECT_TRUE(hashes.insert(FastHash(std::string(size + 1, 'x'))).second);
  }
  EXPECT_NEAR(static_cast<double>(flips) / static_cast<double>(pairs), 32, 1);
}

TEST(FastHash, SpreadsNumbersOverTheLowBits) {
  std::set<uint64_t> low;
  for (uint64_t number = 0; number < 1000; ++number) low.insert(FastHash(number) & 0xffff);
  EXPECT_GT(low.size(), 980u);
  EXPECT_NE(FastHash(uint64_t{1}, 1), FastHash(uint64_t{1}, 2));
}

TEST(FastHash, DependsOnTheSeed) {
  EXPECT_NE(FastHash("a text", 1), FastHash("a text", 2));
  EXPECT_EQ(FastHash("a text", 1), FastHash("a text", 1));
}

}  // namespace
}  // namespace vivace
