#include "traceql/value/regex.h"

#include <gtest/gtest.h>

namespace vivace::traceql {
namespace {

bool Matches(std::string_view expression, std::string_view text) {
  return Regex::Compile(expression).value().Matches(text);
}

// As in Go.
TEST(Regex, AByteThatIsNoUtf8IsOneCharacter) {
  EXPECT_TRUE(Matches("bad.*", "bad\xffname"));
  EXPECT_TRUE(Matches("bad.name", "bad\xffname"));
  EXPECT_FALSE(Matches("bad.name", "bad\xff\xfename"));
  EXPECT_TRUE(Matches("bad..name", "bad\xe6\x97name")) << "two of a sequence of three";
  EXPECT_TRUE(Matches("bad[^a]name", "bad\xffname"));
  EXPECT_FALSE(Matches("bad[a-z]name", "bad\xffname"));
  EXPECT_TRUE(Matches("bad\xef\xbf\xbdname", "bad\xffname"));
  EXPECT_TRUE(Matches("(?i)GR.SSE\xc3\x9c.", "gr\xfcsse\xc3\xbc\x80"));
  EXPECT_TRUE(Matches("a.b",
                      "a\xe6\x97\xa5"
                      "b"));
}

TEST(Regex, StarsStandForAnyText) {
  const auto expression_of = [](std::string_view text) {
    std::string literal;
    return Regex::OfWildcards(text, literal).value_or("literal " + literal);
  };
  EXPECT_EQ(expression_of("a*"), "a.*");
  EXPECT_EQ(expression_of("*"), ".*");
  EXPECT_EQ(expression_of(R"(a.b*c\*d)"), R"(a\.b.*c\*d)");
  EXPECT_EQ(expression_of(R"(\*)"), "literal *");
  EXPECT_EQ(expression_of(R"(2\*3)"), "literal 2*3");
  EXPECT_EQ(expression_of(R"(C:\dir\\x\*)"), R"(literal C:\dir\\x*)");
  EXPECT_EQ(expression_of(R"(C:\dir\\*)"), R"(C\:\\dir\\.*)") << "a backslash, then anything";
  EXPECT_EQ(expression_of(R"(C:\dir\\\*)"), R"(literal C:\dir\*)");
}

}  // namespace
}  // namespace vivace::traceql
