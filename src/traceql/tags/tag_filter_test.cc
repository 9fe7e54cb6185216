#include "traceql/tags/tag_filter.h"

#include <gtest/gtest.h>

#include "traceql/syntax/parser.h"
#include "traceql/syntax/print.h"

namespace vivace::traceql {
namespace {

// The filter that comes of a text; "" where it filters nothing.
std::string FilterOf(std::string_view text) {
  const TagFilter filter = TagFilter::Of(text);
  return filter.expr() ? Format(filter.query(), *filter.expr()) : "";
}

TEST(TagFilter, TakesFinishedConditions) {
  EXPECT_EQ(FilterOf(R"({ resource.service.name = "a" && span.x > 5 })"),
            "(resource.service.name = `a`) && (span.x > 5)");
  EXPECT_EQ(FilterOf(R"({ resource.service.name = "a" && span.x = )"),
            "resource.service.name = `a`");
  EXPECT_EQ(FilterOf(R"({ name = "a")"), "name = `a`");
  EXPECT_EQ(FilterOf("{ duration > 1.5s }"), "duration > 1.5s");
  EXPECT_EQ(FilterOf("{ span.x > -1 && status = error }"), "(span.x > -1) && (status = error)");
  EXPECT_EQ(FilterOf(R"({ span."a b" = "c d" })"), "span.a b = `c d`");
}

TEST(TagFilter, IgnoresWhatIsNoSingleFilter) {
  for (const std::string_view text :
       {"", "{}", "{", "span.x = 1", "{ span.x = 1 } && { span.y = 2 }",
        "{ span.x = 1 || span.y = 2 }", "{ span.x = 1 } | count() > 1", "{ .x = 1 }",
        "{ span.x = 1 && .y = 2 }"}) {
    EXPECT_EQ(FilterOf(text), "") << text;
    EXPECT_FALSE(TagFilter::Of(text).passes_nothing()) << text;
  }
}

TEST(TagFilter, RegularExpressionsMayHaveBars) {
  EXPECT_EQ(FilterOf(R"({ span.x =~ "a|b" })"), "span.x =~ `a|b`");
}

TEST(TagFilter, ContradictionsPassNothing) {
  EXPECT_TRUE(TagFilter::Of(R"({ kind = "server" })").passes_nothing());
}

TEST(TagFilter, FindsWhatAnAttributeMustEqual) {
  const TagFilter filter = TagFilter::Of(R"({ span.x = 5 && span.y > 6 })");
  EXPECT_EQ(filter.EqualTo(ParseAttribute("span.x").value()), Value::Int(5));
  EXPECT_EQ(filter.EqualTo(ParseAttribute("span.y").value()), std::nullopt);
}

// Though such a filter is not applied.
TEST(TagFilter, FindsWhatAnAttributeWithoutScopeMustEqual) {
  const TagFilter filter = TagFilter::Of(R"({ span.x = 5 && .i = 1 && a.b = "c" })");
  EXPECT_FALSE(filter.expr().has_value());
  EXPECT_EQ(filter.EqualTo(ParseAttribute(".i").value()), Value::Int(1));
  EXPECT_EQ(filter.EqualTo(ParseAttribute("span.i").value()), std::nullopt);
  EXPECT_EQ(filter.EqualTo(ParseAttribute(".a.b").value()), Value::String("c"));
  EXPECT_EQ(filter.EqualTo(ParseAttribute("a.b").value()), Value::String("c"));
}

TEST(TagFilter, TakesBareNames) {
  EXPECT_EQ(FilterOf(R"({ source.pod.name = "a" })"), ".source.pod.name = `a`");
  EXPECT_EQ(FilterOf(R"({ source.pod.name = "a*" && span.x > 5 })"),
            "(.source.pod.name =~ `a.*`) && (span.x > 5)");
  EXPECT_EQ(FilterOf(R"({ source.pod.name = "a" && .y = 1 })"), "");
}

}  // namespace
}  // namespace vivace::traceql
