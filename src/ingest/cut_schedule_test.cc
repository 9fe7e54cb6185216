#include "ingest/cut_schedule.h"

#include <gtest/gtest.h>

#include <vector>

namespace vivace {
namespace {

using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr nanoseconds kAgeMax = minutes(30);
constexpr nanoseconds kPeriod = seconds(10);

// How many are cut at each check until all are, with `begun` ages in descending order at the start.
std::vector<size_t> CutsOf(std::vector<nanoseconds> ages) {
  std::vector<size_t> cuts;
  while (!ages.empty()) {
    const size_t count = SegmentsToCut(ages, kAgeMax, kPeriod);
    ages.erase(ages.begin(), ages.begin() + static_cast<ptrdiff_t>(count));
    cuts.push_back(count);
    for (nanoseconds& age : ages) age += kPeriod;
    EXPECT_TRUE(ages.empty() || ages.front() <= kAgeMax) << "older than the limit";
  }
  return cuts;
}

TEST(CutSchedule, ALoneSegmentGetsAsOldAsItMay) {
  const std::vector<size_t> cuts = CutsOf({nanoseconds(0)});
  EXPECT_GE(static_cast<int64_t>(cuts.size()), (kAgeMax - 2 * kPeriod) / kPeriod);
}

TEST(CutSchedule, ThoseBegunTogetherAreSpreadOverHalfTheirTime) {
  for (const size_t count : {2, 90, 1000, 10'000}) {
    const std::vector<size_t> cuts = CutsOf(std::vector<nanoseconds>(count, nanoseconds(0)));
    const size_t most = *std::ranges::max_element(cuts);
    EXPECT_LE(most, count / 90 + 2) << count;
    EXPECT_EQ(std::ranges::count_if(cuts, [](size_t cut) { return cut > 0; }) < 90, count < 90);
  }
}

TEST(CutSchedule, WhatIsTooOldGoesAtOnce) {
  EXPECT_EQ(SegmentsToCut(std::vector<nanoseconds>(50, 2 * kAgeMax), kAgeMax, kPeriod), 50u);
  EXPECT_EQ(SegmentsToCut({}, kAgeMax, kPeriod), 0u);
}

}  // namespace
}  // namespace vivace
