#include "parquet/encode/levels.h"

#include <gtest/gtest.h>
#include <parquet/column_reader.h>

#include <algorithm>
#include <random>

namespace vivace {
namespace {

using Random = std::mt19937_64;
using Levels = std::vector<std::pair<int, int>>;  // repetition, definition

std::vector<int16_t> Decode(const std::string& runs, size_t count, int16_t max_level) {
  parquet::LevelDecoder decoder;
  decoder.SetDataV2(static_cast<int32_t>(runs.size()), max_level, static_cast<int>(count),
                    reinterpret_cast<const uint8_t*>(runs.data()));
  std::vector<int16_t> levels(count + 1);
  levels.resize(static_cast<size_t>(decoder.Decode(static_cast<int>(count), levels.data())));
  return levels;
}

TEST(LevelEncoder, ArrowDecodesThem) {
  Random random(1);
  LevelEncoder runs;
  for (int round = 0; round < 300; ++round) {
    std::vector<int16_t> expected;
    for (uint64_t run = random() % 20; run > 0; --run) {
      const auto level = static_cast<uint8_t>(random() % 6);
      const auto count =
          static_cast<uint32_t>(random() % 3 == 0 ? random() % 70'000 + 1 : random() % 4 + 1);
      if (count == 1) {
        runs.Add(level);
      } else {
        runs.Add(level, count);
      }
      expected.insert(expected.end(), count, level);
    }
    ASSERT_EQ(Decode(runs.Take(), expected.size(), 5), expected);  // Take starts anew
  }
}

TEST(LevelEncoder, PatternsAreTheSameAsOneByOne) {
  Random random(4);
  for (int round = 0; round < 500; ++round) {
    LevelEncoder one_by_one;
    LevelEncoder by_pattern;
    std::string bytes;
    for (uint64_t piece = random() % 8; piece > 0; --piece) {
      std::vector<uint8_t> levels(random() % 12);
      for (uint8_t& level : levels) level = static_cast<uint8_t>(random() % 3);
      for (const uint8_t level : levels) one_by_one.Add(level);
      by_pattern.Add(LevelPattern::Make(levels, bytes), bytes);
    }
    ASSERT_EQ(by_pattern.Take(), one_by_one.Take());
  }
}

TEST(LevelEncoder, OfNothingIsEmpty) { EXPECT_EQ(LevelEncoder().Take(), ""); }

// Random lists within lists: `begins[kind]` says which children the rows of the kind above have.
struct Nesting {
  std::vector<std::vector<uint32_t>> begins;
  std::vector<uint32_t> page_begins;  // traces
};

Nesting RandomNesting(Random& random, size_t kinds) {
  Nesting nesting;
  size_t rows = random() % 12 + 1;
  nesting.page_begins.push_back(0);
  for (uint32_t row = 1; row < rows; ++row) {
    if (random() % 3 == 0) nesting.page_begins.push_back(row);
  }
  nesting.page_begins.push_back(static_cast<uint32_t>(rows));
  for (size_t kind = 0; kind < kinds; ++kind) {
    std::vector<uint32_t> begins{0};
    for (size_t row = 0; row < rows; ++row)
      begins.push_back(begins.back() + static_cast<uint32_t>(random() % 4));
    rows = begins.back();
    nesting.begins.push_back(std::move(begins));
  }
  return nesting;
}

// The levels of one row's descendants `kinds` below, as the Dremel paper walks records.
void Walk(const Nesting& nesting, size_t kinds, size_t depth, uint32_t row, int repetition,
          Levels& out) {
  if (depth == kinds || nesting.begins[depth][row] == nesting.begins[depth][row + 1]) {
    out.emplace_back(repetition, depth);
    return;
  }
  for (uint32_t child = nesting.begins[depth][row]; child < nesting.begins[depth][row + 1];
       ++child) {
    const bool first = child == nesting.begins[depth][row];
    Walk(nesting, kinds, depth + 1, child, first ? repetition : static_cast<int>(depth) + 1, out);
  }
}

Levels NaiveLevels(const Nesting& nesting, size_t kinds, uint32_t first_trace, uint32_t end_trace) {
  Levels levels;
  for (uint32_t trace = first_trace; trace < end_trace; ++trace)
    Walk(nesting, kinds, 0, trace, 0, levels);
  return levels;
}

Levels DecodeLevels(const PageLevels& page, int16_t depth) {
  const auto repetition = Decode(*page.repetition, page.entries, depth);
  const auto definition = Decode(page.definition, page.entries, depth);
  Levels levels;
  for (size_t i = 0; i < std::min(repetition.size(), definition.size()); ++i)
    levels.emplace_back(repetition[i], definition[i]);
  return levels;
}

TEST(Entries, HaveTheLevelsOfANaiveWalk) {
  Random random(2);
  for (int round = 0; round < 1000; ++round) {
    const size_t kinds = random() % 4 + 1;
    const Nesting nesting = RandomNesting(random, kinds);
    Entries entries = RootEntries(nesting.page_begins);
    for (const auto& begins : nesting.begins) entries = ChildEntries(entries, begins);
    ASSERT_EQ(entries.depth, static_cast<int16_t>(kinds));
    ASSERT_EQ(entries.pages(), nesting.page_begins.size() - 1);
    ASSERT_EQ(entries.row_count(), nesting.begins.back().back());
    const auto pages = StructureLevels(entries);
    for (size_t page = 0; page < pages.size(); ++page) {
      const Levels expected =
          NaiveLevels(nesting, kinds, nesting.page_begins[page], nesting.page_begins[page + 1]);
      ASSERT_EQ(pages[page].entries, expected.size());
      ASSERT_EQ(DecodeLevels(pages[page], entries.depth), expected);
      const auto present = [&](const auto& level) {
        return level.second == static_cast<int>(kinds);
      };
      ASSERT_EQ(entries.page_rows[page + 1] - entries.page_rows[page],
                std::count_if(expected.begin(), expected.end(), present));
    }
    const PageLevels joined = Concatenate(pages);
    ASSERT_EQ(DecodeLevels(joined, entries.depth),
              NaiveLevels(nesting, kinds, 0, nesting.page_begins.back()));
  }
}

TEST(Entries, OfTracesHaveNoLevels) {
  const Entries entries = RootEntries({0, 2, 5});
  EXPECT_EQ(entries.depth, 0);
  EXPECT_EQ(entries.row_count(), 5u);
  EXPECT_EQ(StructureLevels(entries)[1].entries, 3u);
}

}  // namespace
}  // namespace vivace
