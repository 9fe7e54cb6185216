#include "base/go_format.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/duration_text.h"

namespace vivace {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string JsonOf(double value) {
  std::string out;
  AppendGoJsonFloat(value, out);
  return out;
}

TEST(GoNumbers, AreReadAsGoReadsThem) {
  EXPECT_EQ(ParseGoInt("+5", "Atoi").value(), 5);
  EXPECT_EQ(ParseGoInt("-9223372036854775808").value(), INT64_MIN);
  EXPECT_EQ(ParseGoInt("a", "Atoi").error().message, "strconv.Atoi: parsing \"a\": invalid syntax");
  EXPECT_EQ(ParseGoInt("a").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ParseGoInt("2147483648", "ParseInt", 32).error().message,
            "strconv.ParseInt: parsing \"2147483648\": value out of range");
  EXPECT_EQ(ParseGoInt("99999999999999999999", "Atoi").error().message,
            "strconv.Atoi: parsing \"99999999999999999999\": value out of range");
  for (const std::string_view text : {"", "+", "+-1", "1.5", "0x1", " 1"})
    EXPECT_FALSE(ParseGoInt(text).has_value()) << text;
}

TEST(GoNumbers, WithoutASign) {
  EXPECT_EQ(ParseGoUint("7").value(), 7u);
  EXPECT_EQ(ParseGoUint("-1").error().message, "strconv.ParseUint: parsing \"-1\": invalid syntax");
  EXPECT_EQ(ParseGoUint("x").error().message, "strconv.ParseUint: parsing \"x\": invalid syntax");
  EXPECT_EQ(ParseGoUint("99999999999999999999").error().message,
            "strconv.ParseUint: parsing \"99999999999999999999\": value out of range");
}

TEST(GoNumbers, WithAPoint) {
  const std::pair<const char*, double> cases[] = {{"1.5", 1.5}, {"-2", -2},     {".5", 0.5},
                                                  {"1.", 1},    {"+1e3", 1000}, {"0x1p4", 16}};
  for (const auto& [text, value] : cases) EXPECT_EQ(ParseGoFloat(text).value(), value) << text;
  EXPECT_EQ(ParseGoFloat("1e").error().message,
            "strconv.ParseFloat: parsing \"1e\": invalid syntax");
  EXPECT_EQ(ParseGoFloat("1e999").error().message,
            "strconv.ParseFloat: parsing \"1e999\": value out of range");
  for (const std::string_view text : {"", "-", " 1", "1 ", "--1", "inf", "nan", "e5"})
    EXPECT_FALSE(ParseGoFloat(text).has_value()) << text;
}

TEST(GoBool, IsOneOfTwelveTexts) {
  for (const char* text : {"1", "t", "T", "true", "True", "TRUE"})
    EXPECT_EQ(ParseGoBool(text), true) << text;
  for (const char* text : {"0", "f", "F", "false", "False", "FALSE"})
    EXPECT_EQ(ParseGoBool(text), false) << text;
  for (const char* text : {"", "yes", "tRUE", "2"}) EXPECT_FALSE(ParseGoBool(text)) << text;
}

TEST(GoTime, Parses) {
  EXPECT_EQ(ParseGoTime("1970-01-01T01:00:00+01:00").value(), 0);
  EXPECT_EQ(ParseGoTime("1970-01-01T00:00:00.000000001Z").value(), 1);
  EXPECT_EQ(ParseGoTime("2026-13-01T00:00:00Z").error().message,
            "parsing time \"2026-13-01T00:00:00Z\": month out of range");
  EXPECT_EQ(ParseGoTime("2026-02-30T00:00:00Z").error().message,
            "parsing time \"2026-02-30T00:00:00Z\": day out of range");
  EXPECT_EQ(
      ParseGoTime("2026-11-21").error().message,
      "parsing time \"2026-11-21\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"T\"");
  EXPECT_EQ(ParseGoTime("2026-11-21T00:05:12Zx").error().message,
            "parsing time \"2026-11-21T00:05:12Zx\": extra text: \"x\"");
}

TEST(GoDuration, RoundTrips) {
  for (const char* text : {"0s", "1ns", "1.5µs", "100ms", "1s", "2m0s", "1h30m0s", "13h0m0s",
                           "336h0m0s", "2562047h47m16.854775807s", "-1m30s"}) {
    const auto parsed = ParseGoDuration(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(FormatGoDuration(*parsed), text);
  }
  EXPECT_EQ(ParseGoDuration("1m30s"), minutes(1) + seconds(30));
  EXPECT_EQ(ParseGoDuration("1.5h"), minutes(90));
  EXPECT_EQ(ParseGoDuration("0"), nanoseconds{});
}

TEST(GoDuration, Refuses) {
  for (const char* text :
       {"", "s", "1", "1x", ".s", "-", "1s2", "9999999999h", "1 s", "1d", "2w"}) {
    EXPECT_FALSE(ParseGoDuration(text)) << text;
  }
}

TEST(GoDuration, TakesMoreUnitsWhereTheyAreNamed) {
  constexpr DurationUnit kDays[] = {{"d", DurationUnit::kDay}};
  EXPECT_EQ(ParseGoDuration("1d1h", kDays), hours(25));
  EXPECT_FALSE(ParseGoDuration("1w", kDays));
}

TEST(GoFloat, IsTheShortestText) {
  EXPECT_EQ(FormatGoFloat(1073741824), "1.073741824e+09");
  EXPECT_EQ(FormatGoFloat(1e6), "1e+06");
  EXPECT_EQ(FormatGoFloat(123456.5), "123456.5");
  EXPECT_EQ(FormatGoFloat(0.002), "0.002");
  EXPECT_EQ(FormatGoFloat(0.0001), "0.0001");
  EXPECT_EQ(FormatGoFloat(1e-5), "1e-05");
  EXPECT_EQ(FormatGoFloat(1), "1");
  EXPECT_EQ(FormatGoFloat(-0.0), "-0");
  EXPECT_EQ(FormatGoFloat(1e300), "1e+300");
  EXPECT_EQ(FormatGoFloat(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(FormatGoFloat(kInfinity), "+Inf");
  EXPECT_EQ(FormatGoFloat(-kInfinity), "-Inf");
}

TEST(GoFloat, InJson) {
  EXPECT_EQ(JsonOf(1e-6), "0.000001");
  EXPECT_EQ(JsonOf(1.5e-7), "1.5e-7");
  EXPECT_EQ(JsonOf(-1e-10), "-1e-10");
  EXPECT_EQ(JsonOf(1e-100), "1e-100");
  EXPECT_EQ(JsonOf(1e20), "100000000000000000000");
  EXPECT_EQ(JsonOf(1e21), "1e+21");
}

}  // namespace
}  // namespace vivace
