#include "query/bloom_index.h"

#include <gtest/gtest.h>

#include "columns/random_batch_for_test.h"

namespace vivace {
namespace {

// The index answers as the filters do, one by one.
TEST(BloomIndex, AnswersAsTheFilters) {
  testing::Random random(3);
  std::vector<TraceId> ids;
  std::vector<std::shared_ptr<const BloomShard>> filters;
  BloomIndex index(nullptr);
  for (uint32_t source = 0; source < 200; ++source) {
    // Of several shapes; small ones have many false positives.
    ShardedBloom bloom(1, source % 2 == 0 ? 0.01 : 0.2, source % 3 == 0 ? 4096 : 102'400);
    for (uint64_t i = testing::Pick(random, 30); i > 0; --i) {
      ids.push_back(testing::RandomId<TraceId>(random));
      bloom.Add(ids.back());
    }
    filters.push_back(
        std::make_shared<const BloomShard>(BloomShard::Parse(bloom.Shard(0)).value()));
    ASSERT_TRUE(filters.back()->is_sparse());
    ASSERT_TRUE(index.Add(source, filters.back()).has_value());
  }
  index.Build();
  for (int i = 0; i < 3000; ++i) ids.push_back(testing::RandomId<TraceId>(random));
  size_t found_count = 0;
  for (const TraceId& id : ids) {
    std::vector<uint32_t> expected;
    for (uint32_t source = 0; source < filters.size(); ++source) {
      if (filters[source]->MayContain(id)) expected.push_back(source);
    }
    std::vector<uint32_t> found;
    index.SourcesOf(id, found);
    std::ranges::sort(found);
    ASSERT_EQ(found, expected);
    found_count += found.size();
  }
  EXPECT_GT(found_count, 2000u);
}

TEST(BloomIndex, TakesItsMemoryFromTheBudget) {
  ShardedBloom bloom(1);
  const auto filter = std::make_shared<const BloomShard>(BloomShard::Parse(bloom.Shard(0)).value());
  MemoryBudget small(1 << 20);
  EXPECT_EQ(BloomIndex(&small).Add(0, filter).error().code, ErrorCode::kResourceExhausted);
  MemoryBudget enough(4 << 20);
  EXPECT_TRUE(BloomIndex(&enough).Add(0, filter).has_value());
  EXPECT_EQ(enough.used(), 0u);
}

}  // namespace
}  // namespace vivace
