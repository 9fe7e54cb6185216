#include "query/newest_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace vivace::testing {
namespace {

// A block's traces, their starts in the order of rows, and what an index would know of them.
struct Block {
  std::vector<uint64_t> starts;
  std::shared_ptr<NewestTraces> newest = std::make_shared<NewestTraces>();
};

Block RandomBlock(std::mt19937& random, size_t traces, size_t known) {
  Block block;
  for (size_t i = 0; i < traces; ++i) block.starts.push_back(1000 + random() % 40);
  std::vector<uint32_t> rows(traces);
  for (uint32_t row = 0; row < traces; ++row) rows[row] = row;
  std::ranges::stable_sort(rows, std::greater(), [&](uint32_t row) { return block.starts[row]; });
  for (size_t i = 0; i < std::min(known, traces); ++i) {
    block.newest->rows.push_back(rows[i]);
    block.newest->start_unix_nanos.push_back(block.starts[rows[i]]);
  }
  return block;
}

std::vector<uint32_t> RowsOf(const RowSet& set) {
  std::vector<uint32_t> rows;
  for (const RowSet::Range range : set.ranges()) {
    for (uint32_t row = range.begin; row < range.end; ++row) rows.push_back(row);
  }
  return rows;
}

std::optional<RowSet> RandomRows(std::mt19937& random, uint32_t count) {
  if (random() % 2 == 0) return std::nullopt;
  RowSet rows;
  for (uint32_t row = 0; row < count; ++row) {
    if (random() % 3 != 0) rows.Add(row, row + 1);
  }
  return rows;
}

class NewestRows : public ::testing::Test {
 protected:
  // What is promised of batches of a view that begins at `first` in the block.
  static void ExpectBatches(const std::vector<RowBatch>& batches, const Block& block,
                            uint32_t first, uint32_t count, const std::optional<RowSet>& chosen) {
    if (batches.empty()) return;
    const RowSet all = chosen.value_or(RowSet::All(count));
    EXPECT_EQ(batches.back().rows, chosen);  // the last has them all
    std::vector<uint32_t> seen;
    for (size_t i = 0; i + 1 < batches.size(); ++i) {
      const std::vector<uint32_t> rows = RowsOf(*batches[i].rows);
      EXPECT_FALSE(rows.empty());
      seen.insert(seen.end(), rows.begin(), rows.end());
      for (const uint32_t row : rows) EXPECT_TRUE(all.Overlaps(row, row + 1));
      for (const uint32_t row : RowsOf(all)) {
        const bool is_seen = std::ranges::find(seen, row) != seen.end();
        EXPECT_TRUE(is_seen || block.starts[first + row] <= batches[i].next_unix_nanos);
      }
      if (batches[i].known.size() == 0) continue;
      ASSERT_EQ(batches[i].known.size(), rows.size());
      for (size_t k = 0; k < rows.size(); ++k)
        EXPECT_EQ(block.newest->rows[batches[i].known.entries[k]], first + rows[k]);
    }
  }
};

TEST_F(NewestRows, OfAnIndexComeBeforeAllOthers) {
  std::mt19937 random(5);
  size_t split = 0;
  for (size_t round = 0; round < 2000; ++round) {
    const uint32_t traces = 1 + random() % 60;
    const Block block = RandomBlock(random, traces, random() % 70);
    const uint32_t first = random() % traces;
    const uint32_t end = first + random() % (traces - first + 1);
    const std::optional<RowSet> chosen = RandomRows(random, end - first);
    const std::vector<size_t> sizes{1 + random() % 4, 5 + random() % 20};
    const std::vector<RowBatch> batches =
        SplitByIndex(block.newest, traces, {first, end, chosen}, sizes);
    ExpectBatches(batches, block, first, end - first, chosen);
    split += batches.size() > 1;
  }
  EXPECT_GT(split, 300u);
}

TEST_F(NewestRows, ByTheirStartsComeBeforeAllOthers) {
  std::mt19937 random(6);
  size_t split = 0;
  for (size_t round = 0; round < 500; ++round) {
    const Block block = RandomBlock(random, 1 + random() % 60, 0);
    const auto count = static_cast<uint32_t>(block.starts.size());
    const std::optional<RowSet> chosen = RandomRows(random, count);
    std::vector<uint64_t> starts;
    for (const uint32_t row : RowsOf(chosen.value_or(RowSet::All(count))))
      starts.push_back(block.starts[row]);
    const std::vector<size_t> sizes{1 + random() % 4, 5 + random() % 20};
    const std::vector<RowBatch> batches = SplitByStart(starts, chosen, sizes);
    ExpectBatches(batches, block, 0, count, chosen);
    split += batches.size() > 1;
  }
  EXPECT_GT(split, 100u);
}

TEST_F(NewestRows, AreKnownWhereTheIndexKnowsThemAll) {
  std::mt19937 random(7);
  const Block block = RandomBlock(random, 50, 30);
  RowSet known;
  RowSet others;
  for (uint32_t row = 10; row < 50; ++row) {
    const bool is_known = std::ranges::find(block.newest->rows, row) != block.newest->rows.end();
    (is_known ? known : others).Add(row - 10, row - 9);
  }
  const KnownTraces found = FindKnown(block.newest, 10, known);
  const std::vector<uint32_t> rows = RowsOf(known);
  ASSERT_EQ(found.size(), rows.size());
  for (size_t i = 0; i < rows.size(); ++i)
    EXPECT_EQ(block.newest->rows[found.entries[i]], 10 + rows[i]);
  EXPECT_EQ(FindKnown(block.newest, 10, others).size(), 0u);
  EXPECT_EQ(FindKnown(block.newest, 10, RowSet::All(40)).size(), 0u);
  EXPECT_EQ(FindKnown(nullptr, 10, known).size(), 0u);
}

}  // namespace
}  // namespace vivace::testing
