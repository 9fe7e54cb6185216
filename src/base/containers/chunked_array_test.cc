#include "base/containers/chunked_array.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace vivace {
namespace {

// Values appended in pieces of all sizes, by every way of appending, beside a plain vector.
TEST(ChunkedArray, HoldsWhatWasAppended) {
  std::mt19937_64 random(1);
  ChunkedArray<uint32_t> array;
  std::vector<uint32_t> expected;
  while (expected.size() < 50'000) {
    std::vector<uint32_t> piece(random() % 3000);
    for (uint32_t& value : piece) value = random() % 3 == 0 ? 0 : static_cast<uint32_t>(random());
    switch (random() % 4) {
      case 0:
        array.append(piece);
        break;
      case 1:
        array.append_sparse(piece);
        break;
      case 2:
        array.append_mapped(std::span<const uint32_t>(piece),
                            [](uint32_t value) { return value + 1; });
        for (uint32_t& value : piece) ++value;
        break;
      default:
        for (const uint32_t value : piece) array.push_back(value);
    }
    expected.insert(expected.end(), piece.begin(), piece.end());
  }
  ASSERT_EQ(array.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) ASSERT_EQ(array[i], expected[i]) << i;
}

TEST(ChunkedArray, ViewsAcrossChunks) {
  ChunkedArray<uint32_t> array;
  std::vector<uint32_t> numbers(20'000);
  std::iota(numbers.begin(), numbers.end(), 0);
  array.append(numbers);
  std::mt19937_64 random(2);
  std::vector<uint32_t> scratch;
  for (int round = 0; round < 2000; ++round) {
    const size_t begin = random() % numbers.size();
    const size_t end = begin + random() % (numbers.size() - begin + 1);
    const auto view = array.View(begin, end, scratch);
    ASSERT_EQ(std::vector<uint32_t>(view.begin(), view.end()),
              std::vector<uint32_t>(numbers.begin() + static_cast<ptrdiff_t>(begin),
                                    numbers.begin() + static_cast<ptrdiff_t>(end)));
  }
  EXPECT_TRUE(array.View(5, 5, scratch).empty());
}

TEST(ChunkedArray, KnowsWhetherAllIsZero) {
  ChunkedArray<uint32_t> array;
  EXPECT_TRUE(array.all_zero());
  array.append_sparse(std::vector<uint32_t>(5000));
  array.push_back_sparse(0);
  EXPECT_TRUE(array.all_zero());
  std::vector<uint32_t> piece(5000);
  piece.back() = 7;
  array.append_sparse(piece);
  EXPECT_FALSE(array.all_zero());
  EXPECT_EQ(array[10'000], 7u);
  EXPECT_EQ(array[9'999], 0u);
}

}  // namespace
}  // namespace vivace
