#include "config/schema/values.h"

#include <gtest/gtest.h>

#include "config/yaml/scalars.h"

namespace vivace {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(ConfigDuration, IsGosWithDaysAndWeeks) {
  EXPECT_EQ(ParseConfigDuration("1m30s"), minutes(1) + seconds(30));
  EXPECT_EQ(ParseConfigDuration("1d"), hours(24));
  EXPECT_EQ(ParseConfigDuration("2w"), hours(336));
  EXPECT_EQ(ParseConfigDuration("0"), Duration{});
  for (const char* text : {"", "s", "1", "1x", ".s", "-", "1s2", "9999999999h", "1 s", "1y"}) {
    EXPECT_FALSE(ParseConfigDuration(text)) << text;
  }
}

TEST(PromDuration, ReadsAndPrints) {
  EXPECT_EQ(ParsePromDuration("1w2d"), hours(216));
  EXPECT_EQ(ParsePromDuration("0"), Duration{});
  for (const char* text : {"10", "1.5h", "1h1d", "1h1h", "", "-1s", "1us"})
    EXPECT_FALSE(ParsePromDuration(text)) << text;
  EXPECT_EQ(FormatPromDuration(hours(336)), "2w");
  EXPECT_EQ(FormatPromDuration(hours(192)), "8d");
  EXPECT_EQ(FormatPromDuration(seconds(90)), "1m30s");
  EXPECT_EQ(FormatPromDuration({}), "0s");
}

TEST(Scalars, Booleans) {
  for (const char* text : {"true", "True", "yes", "on", "y"})
    EXPECT_EQ(ParseYamlBool(text), true) << text;
  for (const char* text : {"false", "NO", "off", "n"})
    EXPECT_EQ(ParseYamlBool(text), false) << text;
  for (const char* text : {"1", "", "tRUE"}) EXPECT_FALSE(ParseYamlBool(text)) << text;
}

TEST(Scalars, Integers) {
  const std::pair<const char*, uint64_t> cases[] = {
      {"1_000_000", 1000000}, {"0x1F", 31},     {"0o17", 15}, {"017", 15},
      {"0b101", 5},           {"1e6", 1000000}, {"+5", 5},    {"18446744073709551615", ~0ull}};
  for (const auto& [text, value] : cases) {
    const auto whole = ParseYamlInt(text);
    ASSERT_TRUE(whole) << text;
    EXPECT_EQ(whole->magnitude, value) << text;
  }
  for (const char* text :
       {"", "1.5", "10MB", "0x", "--1", "abc", "1e400", "_1", "18446744073709551616"})
    EXPECT_FALSE(ParseYamlInt(text)) << text;
}

TEST(Scalars, SizesAndFloats) {
  EXPECT_EQ(ParseByteSize("10MB"), 10u << 20);
  EXPECT_EQ(ParseByteSize("1GiB"), 1u << 30);
  EXPECT_EQ(ParseByteSize("1.5 KB"), 1536u);
  EXPECT_FALSE(ParseByteSize("10"));
  EXPECT_FALSE(ParseByteSize("10XB"));
  EXPECT_EQ(FormatByteSize(65535), "63KiB1023B");
  EXPECT_EQ(FormatByteSize(0), "0B");
  EXPECT_EQ(FormatYamlFloat(1073741824), "1.073741824e+09");
  EXPECT_EQ(FormatYamlFloat(0.002), "0.002");
  EXPECT_EQ(FormatYamlFloat(1), "1");
  EXPECT_EQ(FormatYamlFloat(1e-5), "1e-05");
  EXPECT_EQ(FormatYamlFloat(std::numeric_limits<double>::infinity()), ".inf");
}

template <typename T>
std::string ReadAndWrite(const std::string& yaml, T value = {}) {
  ParseContext context;
  const auto node = ParseYaml(yaml);
  if (!ReadValue(*node, value, context)) return context.problems().front().message;
  return WriteValue(value).text;
}

TEST(Values, MismatchesNameTagAndType) {
  EXPECT_EQ(ReadAndWrite<int64_t>("abc"), "cannot unmarshal !!str `abc` into int");
  EXPECT_EQ(ReadAndWrite<int64_t>("1.5"), "cannot unmarshal !!float `1.5` into int");
  EXPECT_EQ(ReadAndWrite<uint64_t>("-1"), "cannot unmarshal !!int `-1` into uint64");
  EXPECT_EQ(ReadAndWrite<bool>("1"), "cannot unmarshal !!int `1` into bool");
  EXPECT_EQ(ReadAndWrite<Duration>("1 fortnight"),
            "cannot unmarshal !!str `1 fortn...` into time.Duration");
  EXPECT_EQ(ReadAndWrite<std::string>("[a]"), "cannot unmarshal !!seq into string");
  EXPECT_EQ(ReadAndWrite<PromDuration>("10"), "not a valid duration string: \"10\"");
}

TEST(Values, Superset) {
  EXPECT_EQ(ReadAndWrite<bool>("\"true\""), "true");
  EXPECT_EQ(ReadAndWrite<int64_t>("10MB"), "10485760");
  EXPECT_EQ(ReadAndWrite<Duration>("1d"), "24h0m0s");
  EXPECT_EQ(ReadAndWrite<ByteSize>("64KB"), "64KiB");
  EXPECT_EQ(ReadAndWrite<ByteSize>("63KiB1023B"), "63KiB1023B");
  EXPECT_EQ(ReadAndWrite<CsvList>("[a, b]"), "a,b");
  EXPECT_EQ(ReadAndWrite<CsvList>("a,b"), "a,b");
  EXPECT_EQ(ReadAndWrite<Instant>("2024-02-29T12:30:00+01:00"), "2024-02-29T11:30:00Z");
  EXPECT_EQ(WriteValue(Instant{}).text, "0001-01-01T00:00:00Z");
  EXPECT_EQ(WriteValue(Secret{"x"}).text, "********");
}

TEST(Values, BareDurationIsNanosecondsWithANotice) {
  ParseContext context;
  Duration value{};
  ASSERT_TRUE(ReadValue(YamlNode::Scalar("10"), value, context));
  EXPECT_EQ(value, Duration{10});
  EXPECT_EQ(context.warnings().size(), 1u);
}

}  // namespace
}  // namespace vivace
