#include "ingest/wal/number_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace vivace {
namespace {

TEST(NumberSet, IsASet) {
  std::mt19937_64 random(7);
  for (const uint64_t spread : {4, 50, 2000}) {
    NumberSet numbers;
    std::set<uint64_t> expected;
    for (int i = 0; i < 2000; ++i) {
      const uint64_t number = random() % spread;
      EXPECT_EQ(numbers.Insert(number), expected.insert(number).second) << number;
      EXPECT_EQ(numbers.end(), *expected.rbegin() + 1);
    }
  }
}

TEST(NumberSet, TakesARangeForWhatFollowsEachOther) {
  NumberSet numbers;
  for (uint64_t number = 0; number < 1000; number += 2) numbers.Insert(number);
  EXPECT_EQ(numbers.range_count(), 500u);
  for (uint64_t number = 1; number < 1000; number += 2) numbers.Insert(number);
  EXPECT_EQ(numbers.range_count(), 1u);
  EXPECT_EQ(numbers.end(), 1000u);
}

}  // namespace
}  // namespace vivace
