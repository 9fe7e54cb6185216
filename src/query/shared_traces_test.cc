#include "query/shared_traces.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace vivace {
namespace {

TraceId IdOf(uint32_t number) {
  TraceId id;
  for (size_t i = 0; i < 4; ++i) id.bytes[12 + i] = static_cast<uint8_t>(number >> (8 * (3 - i)));
  return id;
}

// The plain way: a map of all ids.
TEST(SharedTraces, AreThoseOfSeveralSources) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    SharedTraces shared(nullptr);
    std::map<TraceId, std::vector<uint32_t>> expected;
    const uint32_t sources = random() % 6;
    const uint32_t ids_max = 1 + random() % 60;
    for (uint32_t source = 0; source < sources; ++source) {
      std::set<TraceId> ids;
      for (uint32_t i = random() % 40; i > 0; --i) ids.insert(IdOf(random() % ids_max));
      for (const TraceId& id : ids) expected[id].push_back(source);
      shared.Add(source, {ids.begin(), ids.end()});
    }
    ASSERT_TRUE(shared.Build().has_value());
    for (uint32_t number = 0; number < ids_max; ++number) {
      const TraceId id = IdOf(number);
      const auto known = shared.SourcesOf(id);
      const std::vector<uint32_t>& wanted = expected[id];
      EXPECT_TRUE(wanted.size() > 1 ? std::ranges::equal(known, wanted) : known.empty()) << number;
    }
  }
}

TEST(SharedTraces, TakeTheirMemoryFromTheBudget) {
  MemoryBudget budget(16 * 100 + 1000);
  SharedTraces shared(&budget);
  std::vector<TraceId> ids;
  for (uint32_t i = 0; i < 50; ++i) ids.push_back(IdOf(i));
  ASSERT_TRUE(shared.Reserve(60).has_value());
  shared.Add(0, {ids.begin(), ids.begin() + 10});
  shared.Add(1, ids);
  EXPECT_EQ(budget.used(), 16u * 60);
  EXPECT_EQ(shared.Reserve(200).error().code, ErrorCode::kResourceExhausted);
  ASSERT_TRUE(shared.Build().has_value());
  EXPECT_EQ(shared.SourcesOf(IdOf(9)).size(), 2u);
  EXPECT_LT(budget.used(), 16u * 60);
}

}  // namespace
}  // namespace vivace
