#include "base/containers/number_map.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

TEST(NumberMap, KeepsTheFirstNumberOfAKeyHoweverManyThereAre) {
  NumberMap map;
  for (uint32_t key = 0; key < 10 * NumberMap::kFew; ++key) {
    EXPECT_EQ(map.FindOrAdd(key * 7, [&] { return key + 1; }), key + 1);
    EXPECT_EQ(map.size(), key + 1);
    for (uint32_t known = 0; known <= key; ++known)
      EXPECT_EQ(map.FindOrAdd(known * 7, [] { return 0u; }), known + 1);
  }
}

TEST(NumberMap, ForgetsAllWhenItIsCleared) {
  for (const uint32_t count : {uint32_t{NumberMap::kFew}, uint32_t{NumberMap::kFew + 1}}) {
    NumberMap map;
    for (uint32_t key = 0; key < count; ++key) map.FindOrAdd(key, [] { return 1u; });
    map.Clear();
    EXPECT_EQ(map.size(), 0u);
    EXPECT_EQ(map.FindOrAdd(0, [] { return 2u; }), 2u);
  }
}

}  // namespace
}  // namespace vivace
