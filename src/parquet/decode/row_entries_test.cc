#include "parquet/decode/row_entries.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "parquet/encode/levels.h"

namespace vivace {
namespace {

using Random = std::mt19937_64;

std::vector<int16_t> RandomLevels(Random& random, int16_t max) {
  std::vector<int16_t> levels(1, 0);
  for (uint64_t run = random() % 30; run > 0; --run) {
    const uint64_t count = random() % 4 == 0 ? random() % 300 : random() % 3;
    levels.insert(levels.end(), count, static_cast<int16_t>(random() % (max + 1)));
  }
  return levels;
}

std::string Runs(const std::vector<int16_t>& levels) {
  LevelEncoder runs;
  for (const int16_t level : levels) runs.Add(static_cast<uint8_t>(level));
  return runs.Take();
}

// The naive reference: entry by entry.
std::optional<EntryRange> FindPlainly(const std::vector<int16_t>& levels, uint64_t row) {
  std::vector<uint32_t> begins;
  for (uint32_t i = 0; i < levels.size(); ++i) {
    if (levels[i] == 0) begins.push_back(i);
  }
  if (row >= begins.size()) return std::nullopt;
  begins.push_back(static_cast<uint32_t>(levels.size()));
  return EntryRange{begins[row], begins[row + 1]};
}

TEST(RowEntries, AreFoundAsEntryByEntry) {
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    const std::vector<int16_t> levels = RandomLevels(random, 3);
    const auto rows = static_cast<uint64_t>(std::ranges::count(levels, 0));
    for (uint64_t row = 0; row <= rows + 1; ++row) {
      const auto found = FindRowEntries(Runs(levels), static_cast<uint32_t>(levels.size()), row);
      const auto expected = FindPlainly(levels, row);
      ASSERT_EQ(found.has_value(), expected.has_value()) << row << " of " << rows;
      if (!found.has_value()) continue;
      ASSERT_EQ(found->begin, expected->begin);
      ASSERT_EQ(found->end, expected->end);
    }
  }
}

TEST(RowEntries, LevelsAreReadAsEntryByEntry) {
  Random random(2);
  for (int round = 0; round < 1000; ++round) {
    const std::vector<int16_t> levels = RandomLevels(random, 5);
    EntryRange range{static_cast<uint32_t>(random() % (levels.size() + 1)),
                     static_cast<uint32_t>(random() % (levels.size() + 1))};
    if (range.begin > range.end) std::swap(range.begin, range.end);
    std::vector<int16_t> read;
    ASSERT_EQ(ReadLevels(Runs(levels), range, 5, read),
              std::count(levels.begin(), levels.begin() + range.begin, 5));
    ASSERT_EQ(read, std::vector<int16_t>(levels.begin() + range.begin, levels.begin() + range.end));
  }
}

TEST(RowEntries, NoneWhereRunsAreMissing) {
  const std::string runs = Runs({0, 1, 1, 0, 2});
  std::vector<int16_t> levels;
  for (size_t cut = 0; cut < runs.size(); ++cut) {
    EXPECT_FALSE(FindRowEntries(runs.substr(0, cut), 5, 1).has_value()) << cut;
    EXPECT_FALSE(ReadLevels(runs.substr(0, cut), {0, 5}, 2, levels).has_value()) << cut;
  }
  EXPECT_FALSE(FindRowEntries(runs, 6, 1).has_value());
}

TEST(RowEntries, NoneForBitPackedLevelsAndThoseTooHigh) {
  std::vector<int16_t> levels;
  EXPECT_FALSE(FindRowEntries(std::string("\x03\x00\x00", 3), 8, 0).has_value());
  EXPECT_FALSE(ReadLevels(std::string("\x03\x00\x00", 3), {0, 8}, 1, levels).has_value());
  EXPECT_FALSE(ReadLevels(Runs({0, 1, 2}), {0, 3}, 1, levels).has_value());
}

TEST(RowEntries, RunsLongerThanThePageAreCut) {
  LevelEncoder runs;
  runs.Add(0, 4'000'000'000);
  const auto last = FindRowEntries(runs.Take(), 10, 9);
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->end, 10u);
  std::vector<int16_t> levels;
  EXPECT_EQ(ReadLevels(std::string("\xff\xff\xff\xff\xff\xff\x01\x00", 8), {0, 5}, 1, levels),
            std::nullopt);  // a count of 48 bits
}

}  // namespace
}  // namespace vivace
