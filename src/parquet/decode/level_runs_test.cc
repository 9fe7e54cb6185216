#include "parquet/decode/level_runs.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "parquet/decode/rle_bit_packing.h"

namespace vivace {
namespace {

using Levels = std::vector<uint8_t>;

Levels Expanded(const LevelRuns& runs) {
  Levels levels;
  for (size_t i = 0; i < runs.size(); ++i)
    levels.insert(levels.end(), runs[i].count, static_cast<uint8_t>(runs[i].level));
  return levels;
}

// Random runs and bit-packed groups of `width` bits, beside the levels that they hold.
std::string Encode(std::mt19937& random, uint32_t width, Levels& levels) {
  std::string encoded;
  const auto varint = [&](uint32_t value) {
    for (; value >= 0x80; value >>= 7) encoded += static_cast<char>(value | 0x80);
    encoded += static_cast<char>(value);
  };
  const uint32_t mask = (1u << width) - 1;
  for (int pieces = 0; pieces < 40; ++pieces) {
    if (random() % 4 != 0) {
      const uint32_t count = random() % 3 == 0 ? 60 + random() % 300 : 1 + random() % 9;
      const auto level = static_cast<uint8_t>(random() & mask);
      varint(count << 1);
      encoded += static_cast<char>(level);
      levels.insert(levels.end(), count, level);
      continue;
    }
    varint(1 << 1 | 1);
    uint64_t bits = 0;
    for (uint32_t i = 0; i < 8; ++i) {
      levels.push_back(static_cast<uint8_t>(random() & mask));
      bits |= uint64_t{levels.back()} << (i * width);
    }
    encoded.append(reinterpret_cast<const char*>(&bits), width);
  }
  return encoded;
}

TEST(LevelRuns, HoldWhatWasEncoded) {
  std::mt19937 random(1);
  for (uint32_t width = 1; width <= 4; ++width) {
    for (int round = 0; round < 50; ++round) {
      Levels levels;
      const std::string encoded = Encode(random, width, levels);
      LevelRuns runs;
      ASSERT_TRUE(runs.AddHybrid(encoded, width, static_cast<uint32_t>(levels.size())));
      EXPECT_EQ(Expanded(runs), levels);
      EXPECT_EQ(runs.entries(), levels.size());
      std::vector<uint32_t> codes;
      ASSERT_TRUE(AppendHybrid(encoded, width, static_cast<uint32_t>(levels.size()), codes));
      EXPECT_EQ(Levels(codes.begin(), codes.end()), levels);
      LevelRuns more;
      EXPECT_FALSE(more.AddHybrid(encoded, width, static_cast<uint32_t>(levels.size()) + 9));
      for (size_t cut = 0; cut < encoded.size(); ++cut) {
        LevelRuns part;
        EXPECT_FALSE(part.AddHybrid(std::string_view(encoded).substr(0, cut), width,
                                    static_cast<uint32_t>(levels.size())));
      }
    }
  }
}

TEST(LevelRuns, MeetInStretches) {
  LevelRuns repetition, definition;
  repetition.Add(0, 1), repetition.Add(1, 4);
  definition.Add(2, 3), definition.Add(1, 2);
  std::string text;
  ForEachLevelRun(repetition, definition, [&](uint32_t rep, uint32_t def, uint32_t count) {
    text += std::to_string(rep) + std::to_string(def) + "x" + std::to_string(count) + " ";
  });
  EXPECT_EQ(text, "02x1 12x2 11x2 ");
}

TEST(LevelRuns, AddJoins) {
  LevelRuns a, b;
  a.Add(1, 2);
  b.Add(1, 3), b.Add(2, 1);
  a.Add(b);
  EXPECT_EQ(Expanded(a), (Levels{1, 1, 1, 1, 1, 2}));
  EXPECT_EQ(a.CountOf(1), 5u);
}

}  // namespace
}  // namespace vivace
