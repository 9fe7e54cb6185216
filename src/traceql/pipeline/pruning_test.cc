#include "traceql/pipeline/pruning.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "traceql/syntax/parser.h"

namespace vivace::traceql {
namespace {

// Whether the query may match data that has only these values, written key=value.
bool MayMatch(std::string_view text, const std::set<std::string>& there) {
  const Query query = ParseQuery(text).value();
  const Pruning pruning(EntryConditionsOf(query, query.pipeline));
  return pruning
      .MayMatch(
          [&](const ColumnName& column, const ValuePredicate& passes, const auto&) -> Result<bool> {
            for (const std::string& pair : there) {
              const size_t equals = pair.find('=');
              const std::string key = column.field ? "name" : column.key;
              if (pair.substr(0, equals) == key &&
                  passes(AttributeValue::String(std::string_view(pair).substr(equals + 1))))
                return true;
            }
            return false;
          })
      .value();
}

TEST(Pruning, EveryComparisonOfAConjunctionMustFindAValue) {
  EXPECT_TRUE(MayMatch(R"({ .a = "1" && span.b != "2" })", {"a=1", "b=3"}));
  EXPECT_FALSE(MayMatch(R"({ .a = "1" && span.b != "2" })", {"a=1", "b=2"}));
  EXPECT_FALSE(MayMatch(R"({ .a =~ "x.*" })", {"a=y"}));
  EXPECT_FALSE(MayMatch(R"({ "1" = .a })", {"a=2"}));
  EXPECT_FALSE(MayMatch(R"({ name = "n" })", {"name=m"}));
}

TEST(Pruning, OneEntryFilterIsEnough) {
  for (const std::string op : {"&&", "||", ">>", "!>>", "&~"}) {
    const std::string query = R"({ .a != "1" } )" + op + R"( { .b = "1" })";
    EXPECT_TRUE(MayMatch(query, {"b=1"})) << op;
    EXPECT_FALSE(MayMatch(query, {"b=2"})) << op;
    EXPECT_EQ(MayMatch(query, {"a=2"}), op == "||") << op;
  }
}

TEST(Pruning, PrunesNothingWhereMissingValuesMayPass) {
  for (const std::string_view text :
       {"{}", "{ .a = nil }", R"({ !(.a = "1") })", R"({ .a = "1" || .b = "1" })",
        R"({ event:name != "x" })", R"({ resource.service.name = "" })",
        R"({ (.a = "1") = false })", "{} | count() > 1", R"({ .a != nil } || { .b = "1" })"}) {
    EXPECT_TRUE(MayMatch(text, {})) << text;
  }
}

// The rows that may match, of three: what each may hold, from first to last, written
// key=first..last; nothing: no value.
std::string Candidates(
    std::string_view text,
    const std::vector<std::map<std::string, std::pair<AttributeValue, AttributeValue>>>& rows) {
  const Query query = ParseQuery(text).value();
  const Pruning pruning(EntryConditionsOf(query, query.pipeline));
  const RowSet candidates =
      pruning
          .RowsThatMayMatch(
              static_cast<uint32_t>(rows.size()),
              [&](const ColumnName& column, const RangePredicate& may_pass) -> Result<RowSet> {
                RowSet set;
                for (uint32_t row = 0; row < rows.size(); ++row) {
                  const auto bounds = rows[row].find(column.field ? "duration" : column.key);
                  const bool may = bounds != rows[row].end() &&
                                   may_pass(bounds->second.first, bounds->second.second);
                  if (may) set.Add(row, row + 1);
                }
                return set;
              })
          .value();
  std::string text_of_rows;
  for (uint32_t row = 0; row < rows.size(); ++row)
    text_of_rows += candidates.Overlaps(row, row + 1) ? '1' : '0';
  return text_of_rows;
}

TEST(Pruning, PagesAreChosenByTheirBounds) {
  const auto ints = [](int64_t first, int64_t last) {
    return std::pair(AttributeValue::Int(first), AttributeValue::Int(last));
  };
  const auto texts = [](const char* first, const char* last) {
    return std::pair(AttributeValue::String(first), AttributeValue::String(last));
  };
  const std::vector<std::map<std::string, std::pair<AttributeValue, AttributeValue>>> rows = {
      {{"duration", ints(1, 10)}, {"a", texts("a", "ba")}},
      {{"duration", ints(5, 500)}, {"b", ints(-3, 4)}},
      {{"a", texts("c", "d")}}};
  const std::pair<const char*, const char*> cases[] = {
      {"{ duration > 10ns }", "010"},
      {"{ duration >= 10ns }", "110"},
      {"{ duration < 5ns }", "100"},
      {"{ duration <= 5ns && span.b = 4 }", "010"},
      {"{ duration = 10ns }", "110"},
      {"{ duration > 501 || .b = 4 }", "111"},  // no comparison that all must pass
      {R"({ duration > 400ns } || { span.a = "a" })", "110"},
      {R"({ span.a = "ba" })", "100"},
      {R"({ span.a = "bar" })", "100"},  // the last text may have been cut short
      {R"({ span.a = "bc" })", "000"},
      {R"({ span.a > "zzz" })", "101"},
      {R"({ .b = 4.5 })", "000"},
      {"{ .b < 4.5 }", "010"},
      {R"({ .b = "x" })", "000"},
      {"{}", "111"},
  };
  for (const auto& [query, expected] : cases) EXPECT_EQ(Candidates(query, rows), expected) << query;
}

}  // namespace
}  // namespace vivace::traceql
