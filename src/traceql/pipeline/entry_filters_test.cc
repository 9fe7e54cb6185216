#include "traceql/pipeline/entry_filters.h"

#include <gtest/gtest.h>

#include <string>

#include "traceql/syntax/parser.h"
#include "traceql/syntax/print.h"

namespace vivace::traceql {
namespace {

// The filters as the language writes them, separated by " | "; "any" where there are none.
std::string FiltersOf(std::string_view text) {
  const Query query = ParseQuery(text).value();
  const auto filters = EntryFiltersOf(query, query.pipeline);
  if (!filters.has_value()) return "any";
  std::string joined;
  for (const ExprId filter : *filters)
    joined += (joined.empty() ? "" : " | ") + Format(query, filter);
  return joined;
}

TEST(EntryFilters, OfOrAreBothSides) {
  EXPECT_EQ(FiltersOf("{ .a = 1 } || { .b = 2 }"), ".a = 1 | .b = 2");
}

TEST(EntryFilters, OfOperatorsThatNeedBothSidesAreTheOneThatFewerSpansPass) {
  for (const std::string op : {"&&", ">", "<", ">>", "<<", "~", "&>", "&<", "&>>", "&<<", "&~"}) {
    EXPECT_EQ(FiltersOf("{ .a = 1 } " + op + " { .b != 2 }"), ".a = 1") << op;
    EXPECT_EQ(FiltersOf("{ .b != 2 } " + op + " { .a = 1 }"), ".a = 1") << op;
    EXPECT_EQ(FiltersOf("{} " + op + " { .b > 2 }"), ".b > 2") << op;
  }
}

TEST(EntryFilters, OfNegatedOperatorsAreTheirRightSide) {
  for (const std::string op : {"!>", "!<", "!>>", "!<<", "!~"})
    EXPECT_EQ(FiltersOf("{ .a = 1 } " + op + " { .b != 2 }"), ".b != 2") << op;
}

TEST(EntryFilters, SidesThatSayNothingAreNotChosen) {
  EXPECT_EQ(FiltersOf("{ nestedSetParent < 0 } >> { status = error }"), "status = error");
  EXPECT_EQ(FiltersOf("({ .a = 1 } | count() > 1) && ({} | count() > 1)"), ".a = 1");
  EXPECT_EQ(FiltersOf("by(.x) | count() > 1"), "any");
}

TEST(EntryFilters, AreFoundInNestedOperatorsAndPipelines) {
  EXPECT_EQ(FiltersOf("({ .a > 1 } || { .b > 1 }) && ({ .c = 1 } >> { .d != 1 })"), ".c = 1");
  EXPECT_EQ(FiltersOf("({ .a = 1 } | count() > 1) || ({ .b = 1 } | count() > 1)"),
            ".a = 1 | .b = 1");
}

TEST(EntryFilters, SharesFollowTheFormOfConditions) {
  const auto share = [](std::string_view text) {
    const Query query = ParseQuery(text).value();
    return EstimatedShare(query, EntryFiltersOf(query, query.pipeline).value().front());
  };
  // Each passes fewer spans than the next.
  const char* filters[] = {R"({ .a = "x" && .b > 1 })",
                           R"({ .a = "x" })",
                           "{ duration > 1s }",
                           "{ status = error }",
                           "{ .a > 1 }",
                           "{ .a != nil }",
                           R"({ .a != "x" })",
                           "{}"};
  for (size_t i = 1; i < std::size(filters); ++i)
    EXPECT_LT(share(filters[i - 1]), share(filters[i])) << filters[i];
  EXPECT_EQ(share("{ nestedSetParent < 0 }"), 1);
}

TEST(EntryFilters, PartsThatPartOfATraceIsEnoughFor) {
  const auto parts = [](std::string_view text) {
    const Query query = ParseQuery(text).value();
    const ExprId filter = EntryFiltersOf(query, query.pipeline).value().front();
    std::string joined;
    for (const ExprId part : SpanLevelPartsOf(query, filter)) joined += Format(query, part);
    return joined;
  };
  EXPECT_EQ(parts("{ .a = 1 && .b = 2 }"), "(.a = 1) && (.b = 2)");
  EXPECT_EQ(parts("{ nestedSetParent < 0 && .b = 2 }"), ".b = 2");
  EXPECT_EQ(parts("{ nestedSetParent < 0 || .b = 2 }"), "");
}

}  // namespace
}  // namespace vivace::traceql
