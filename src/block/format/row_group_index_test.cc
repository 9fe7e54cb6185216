#include "block/format/row_group_index.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

TEST(RowGroupIndex, WritesAndReadsTempoObject) {
  const std::string json = R"({"rowGroups":["oAAAAAAAAAAAAAAAAAABAw=="]})";
  const Result<RowGroupIndex> index = RowGroupIndex::Parse(json);
  ASSERT_TRUE(index.has_value());
  EXPECT_EQ(index->last_ids()[0], ParseTraceId("a0000000000000000000000000000103").value());
  EXPECT_EQ(index->ToJson(), json);
}

TEST(RowGroupIndex, FindsTheGroupByItsLastId) {
  RowGroupIndex index;
  for (const char* id : {"10", "20", "30"}) index.Append(ParseTraceId(id).value());
  EXPECT_EQ(index.Find(ParseTraceId("1").value()), 0u);
  EXPECT_EQ(index.Find(ParseTraceId("10").value()), 0u);
  EXPECT_EQ(index.Find(ParseTraceId("11").value()), 1u);
  EXPECT_EQ(index.Find(ParseTraceId("30").value()), 2u);
  EXPECT_EQ(index.Find(ParseTraceId("31").value()), std::nullopt);
}

TEST(RowGroupIndex, RefusesOtherText) {
  for (const char* json :
       {"", "[]", "{}", R"({"rowGroups":1})", R"({"rowGroups":[1]})", R"({"rowGroups":["AAAA"]})",
        R"({"rowGroups":["oAAAAAAAAAAAAAAAAAABAw==","kAAAAAAAAAAAAAAAAAABAw=="]})"}) {
    EXPECT_FALSE(RowGroupIndex::Parse(json).has_value()) << json;
  }
}

}  // namespace
}  // namespace vivace
