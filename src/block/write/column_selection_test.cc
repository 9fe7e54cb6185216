#include "block/write/column_selection.h"

#include <gtest/gtest.h>

#include <map>

namespace vivace {
namespace {

// 6000 spans with ids of several lengths, a method that repeats, and keys that no slot can take.
class ColumnChoice : public testing::Test {
 protected:
  void SetUp() override {
    for (int batch = 0; batch < 6; ++batch) {
      SpanBatchBuilder builder;
      const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, ""), "", "", {}, 0, "");
      for (int i = batch * 1000; i < batch * 1000 + 1000; ++i) {
        builder.BeginSpan();
        builder.row().trace_id.bytes[15] = 1;
        const auto add = [&](std::string_view key, const AttributeValue& value) {
          builder.SpanAttribute(builder.AddAttribute(key, value));
        };
        const std::string id = std::to_string(100'000 + i);
        for (const char* key : {"short", "http.url", "", "configured"})
          add(key, AttributeValue::String(id));
        add("long", AttributeValue::String(id + id));
        add("method", AttributeValue::String(i % 2 == 0 ? "GET" : "PUT"));
        add("number", AttributeValue::Int(i));
        builder.CommitSpan(scope);
      }
      segment_.Append(builder.batch());
    }
  }

  Segment segment_;
};

TEST_F(ColumnChoice, GivesFreeSlotsToTheLongestValues) {
  const DedicatedColumns configured{{.name = "configured"},
                                    {.scope = DedicatedScope::kResource, .name = "other"}};
  const DedicatedColumns columns = AddHighCardinalityColumns(segment_, configured);
  ASSERT_EQ(columns.size(), 4u);
  EXPECT_EQ(columns[0], configured[0]);
  EXPECT_EQ(columns[1], configured[1]);
  EXPECT_EQ(columns[2], DedicatedColumn{.name = "long"});
  EXPECT_EQ(columns[3], DedicatedColumn{.name = "short"});
  EXPECT_EQ(FilterForV4(columns), columns);
}

TEST_F(ColumnChoice, KeepsToTenSlots) {
  DedicatedColumns configured;
  for (int i = 0; i < 9; ++i) configured.push_back({.name = "c" + std::to_string(i)});
  EXPECT_EQ(AddHighCardinalityColumns(segment_, configured).size(), 10u);
  configured.push_back({.name = "c9"});
  EXPECT_EQ(AddHighCardinalityColumns(segment_, configured), configured);
}

TEST_F(ColumnChoice, RanksKeysWithFewValuesFirst) {
  const std::vector<uint32_t> ranks = RankKeys(segment_);
  ASSERT_EQ(ranks.size(), segment_.keys().size());
  std::map<std::string, uint32_t> by_key;
  for (uint32_t key = 0; key < ranks.size(); ++key)
    by_key[std::string(segment_.keys()[key].view())] = ranks[key];
  EXPECT_EQ(by_key.at("method"), 0u);
}

}  // namespace
}  // namespace vivace
