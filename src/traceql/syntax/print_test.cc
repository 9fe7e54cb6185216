#include "traceql/syntax/print.h"

#include <gtest/gtest.h>

#include "traceql/syntax/parser.h"

namespace vivace::traceql {
namespace {

TEST(Format, PrintsAsTheLanguageWrites) {
  EXPECT_EQ(Format(Value::Float(6)), "6.0");
  EXPECT_EQ(Format(Value::Float(1e6)), "1e+06");
  EXPECT_EQ(Format(Value::Float(0.00001)), "1e-05");
  EXPECT_EQ(Format(Value::Float(-123.25)), "-123.25");
  EXPECT_EQ(Format(Value::Duration(3'600'000'000'000)), "1h0m0s");
  EXPECT_EQ(Format(Value::String("a`b")), "`a`b`");
  EXPECT_EQ(Format(Value::Status(2)), "error");
  EXPECT_EQ(Format(Value::Kind(9)), "kind(9)");
}

std::string PrintedFilter(std::string_view text) {
  const auto query = ParseQuery(text);
  return query ? Format(*query, query->spansets.front().filter) : query.error().message;
}

TEST(Format, PrintsExpressionsWithParentheses) {
  EXPECT_EQ(PrintedFilter("{ .a = 1 && span.b > 2 }"), "(.a = 1) && (span.b > 2)");
  EXPECT_EQ(PrintedFilter("{ !(.a = nil) || -.b < 1 + 1 }"), "(!(.a = nil)) || ((-.b) < 2)");
}

}  // namespace
}  // namespace vivace::traceql
