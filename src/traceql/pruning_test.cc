#include "traceql/pruning.h"

#include <gtest/gtest.h>

#include <set>

#include "traceql/parser.h"

namespace vivace::traceql {
namespace {

// Whether the query may enter a place that has only these values, written key=value.
bool MayEnter(std::string_view text, const std::set<std::string>& there) {
  const Query query = ParseQuery(text).value();
  const Pruning pruning(EntrancesOf(query, query.pipeline));
  return pruning
      .MayEnter([&](const ColumnName& column, const ValueTest& passes) -> Result<bool> {
        for (const std::string& pair : there) {
          const size_t equals = pair.find('=');
          const std::string key = column.field ? "name" : column.key;
          if (pair.substr(0, equals) == key && passes(AttributeValue::String(std::string_view(pair).substr(equals + 1)))) return true;
        }
        return false;
      })
      .value();
}

TEST(Pruning, EveryComparisonOfAConjunctionMustFindAValue) {
  EXPECT_TRUE(MayEnter(R"({ .a = "1" && span.b != "2" })", {"a=1", "b=3"}));
  EXPECT_FALSE(MayEnter(R"({ .a = "1" && span.b != "2" })", {"a=1", "b=2"}));
  EXPECT_FALSE(MayEnter(R"({ .a =~ "x.*" })", {"a=y"}));
  EXPECT_FALSE(MayEnter(R"({ "1" = .a })", {"a=2"}));
  EXPECT_FALSE(MayEnter(R"({ name = "n" })", {"name=m"}));
}

TEST(Pruning, OneEntranceIsEnough) {
  for (const std::string_view op : {"&&", "||", ">>", "!>>", "&~"}) {
    const std::string query = R"({ .a = "1" } )" + std::string(op) + R"( { .b = "1" })";
    EXPECT_TRUE(MayEnter(query, {"b=1"})) << op;
    EXPECT_FALSE(MayEnter(query, {"b=2"})) << op;
  }
}

TEST(Pruning, SparesNothingWhereMissingValuesMayPass) {
  for (const std::string_view text :
       {"{}", "{ .a = nil }", R"({ !(.a = "1") })", R"({ .a = "1" || .b = "1" })", R"({ event:name != "x" })", "{ duration > 5 }",
        R"({ resource.service.name = "" })", R"({ (.a = "1") = false })", "{} | count() > 1", R"({ .a != nil } && { .b = "1" })"}) {
    EXPECT_TRUE(MayEnter(text, {})) << text;
  }
}

}  // namespace
}  // namespace vivace::traceql
