// What is held is read without asking the store, as long as it is held.
#include "parquet/held_ranges.h"

#include <gtest/gtest.h>

#include "object/memory_store.h"
#include "object/slow_store.h"
#include "parquet/object_source.h"
#include "parquet/range_fetcher.h"

namespace vivace {
namespace {

class HeldRangesTest : public ::testing::Test {
 protected:
  HeldRangesTest() {
    memory_.Write("a", "0123456789").value();
    source_.HoldAhead();
  }

  std::string Read(uint64_t offset, uint64_t size) {
    return source_.Read(offset, size, stats_, &ReadStats::data_bytes).value();
  }
  uint64_t Requests() { return store_.CountOf(SlowStore::Kind::kRead).requests; }

  MemoryStore memory_;
  SlowStore store_{memory_, {.latency = std::chrono::nanoseconds(1)}};
  ObjectSource source_{store_, "a"};
  ReadStats stats_;
};

TEST_F(HeldRangesTest, AreReadWithoutRequests) {
  ObjectSource::Hold hold = source_.Fetch({{1, 3}, {6, 4}}).value();
  EXPECT_EQ(Requests(), 2u);
  const ObjectSource copy = source_;
  EXPECT_TRUE(copy.Holds({7, 2}));
  EXPECT_EQ(Read(1, 3), "123");
  EXPECT_EQ(Read(2, 1), "2");
  EXPECT_EQ(Read(8, 2), "89");
  EXPECT_EQ(Requests(), 2u);
  EXPECT_EQ(stats_.data_bytes, 6u);
  EXPECT_EQ(Read(3, 4), "3456");  // only partly held
  EXPECT_EQ(Requests(), 3u);
  hold = nullptr;
  EXPECT_FALSE(copy.Holds({7, 2}));
  EXPECT_EQ(Read(1, 3), "123");
  EXPECT_EQ(Requests(), 4u);
}

TEST_F(HeldRangesTest, HoldsAreIndependent) {
  const ObjectSource::Hold kept = source_.Fetch({{0, 4}}).value();
  ObjectSource::Hold gone = source_.Fetch({{2, 6}}).value();
  gone = nullptr;
  EXPECT_TRUE(source_.Holds({0, 4}));
  EXPECT_FALSE(source_.Holds({2, 6}));
  EXPECT_FALSE(source_.Fetch({{8, 3}}).has_value());
  EXPECT_EQ(source_.Fetch({{8, 3}}).error().code, ErrorCode::kDataLoss);
}

// What lies between ranges need not be held.
TEST_F(HeldRangesTest, ServeAFetcherThatWouldReadOverGaps) {
  const ObjectSource::Hold hold = source_.Fetch({{0, 2}, {8, 2}}).value();
  RangeFetcher fetcher;
  fetcher.Add({8, 2});
  fetcher.Add({0, 1});
  ASSERT_TRUE(fetcher.Fetch(source_, stats_).has_value());
  EXPECT_EQ(fetcher.Get({8, 2}), "89");
  EXPECT_EQ(fetcher.Get({0, 1}), "0");
  EXPECT_EQ(Requests(), 2u);
}

TEST(MergedRanges, ReadOverSmallGaps) {
  const auto merged = [](std::vector<ByteRange> ranges, uint64_t gap, uint64_t most) {
    std::vector<std::pair<uint64_t, uint64_t>> pairs;
    for (const ByteRange& range : MergedRanges(std::move(ranges), gap, most))
      pairs.emplace_back(range.offset, range.end());
    return pairs;
  };
  using Pairs = std::vector<std::pair<uint64_t, uint64_t>>;
  EXPECT_EQ(merged({}, 5, 100), Pairs());
  EXPECT_EQ(merged({{20, 5}, {0, 5}, {9, 1}}, 4, 100), (Pairs{{0, 10}, {20, 25}}));
  EXPECT_EQ(merged({{20, 5}, {0, 5}, {9, 1}}, 10, 100), (Pairs{{0, 25}}));
  EXPECT_EQ(merged({{20, 5}, {0, 5}, {9, 1}}, 10, 12), (Pairs{{0, 10}, {20, 25}}));
  EXPECT_EQ(merged({{0, 10}, {2, 3}, {10, 1}}, 0, 100), (Pairs{{0, 11}}));
}

}  // namespace
}  // namespace vivace
