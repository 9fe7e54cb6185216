#include "base/containers/row_set.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace vivace {
namespace {

constexpr uint32_t kRows = 40;

// The reference implementation.
using Bits = std::vector<bool>;

RowSet SetOf(const Bits& bits) {
  RowSet set;
  for (uint32_t row = 0; row < bits.size(); ++row) {
    if (bits[row]) set.Add(row, row + 1);
  }
  return set;
}

Bits RandomBits(std::mt19937_64& random) {
  Bits bits(kRows);
  for (uint32_t row = 0; row < kRows; ++row) bits[row] = random() % 3 == 0;
  return bits;
}

TEST(RowSet, IsWhatItsBitsAre) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 500; ++round) {
    const Bits bits = RandomBits(random);
    const RowSet set = SetOf(bits);
    std::vector<uint32_t> rows;
    for (uint32_t row = 0; row < kRows; ++row) {
      if (bits[row]) rows.push_back(row);
    }
    ASSERT_EQ(set.size(), rows.size());
    for (uint32_t i = 0; i < rows.size(); ++i) ASSERT_EQ(set.RowAt(i), rows[i]);
    const auto first = static_cast<uint32_t>(random() % (rows.size() + 2));
    const RowSet slice = set.Slice(first, 7);
    ASSERT_EQ(slice.size(),
              std::min<size_t>(7, rows.size() - std::min<size_t>(first, rows.size())));
    for (uint32_t i = 0; i < slice.size(); ++i) ASSERT_EQ(slice.RowAt(i), rows[first + i]);
    const uint32_t begin = random() % kRows;
    const uint32_t end = begin + random() % (kRows + 1 - begin);
    const auto count = std::count(bits.begin() + begin, bits.begin() + end, true);
    ASSERT_EQ(set.Overlaps(begin, end), count > 0);
    ASSERT_EQ(set.ContainsAll(begin, end), count == end - begin);
  }
}

TEST(RowSet, JoinsAsBitsDo) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 500; ++round) {
    const Bits a = RandomBits(random);
    const Bits b = RandomBits(random);
    Bits either(kRows), both(kRows);
    for (uint32_t row = 0; row < kRows; ++row)
      either[row] = a[row] || b[row], both[row] = a[row] && b[row];
    ASSERT_EQ(Union(SetOf(a), SetOf(b)), SetOf(either));
    ASSERT_EQ(Intersection(SetOf(a), SetOf(b)), SetOf(both));
  }
  EXPECT_EQ(Union(SetOf(Bits(kRows)), RowSet::All(3)), RowSet::All(3));
  EXPECT_TRUE(Intersection(RowSet(), RowSet::All(3)).empty());
}

}  // namespace
}  // namespace vivace
