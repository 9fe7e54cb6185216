#include <gtest/gtest.h>

#include "api/parameters/logfmt.h"
#include "api/parameters/metrics_parameters.h"
#include "api/parameters/search_parameters.h"
#include "api/parameters/window_parameters.h"

namespace vivace {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

TEST(Parameters, ErrorsNameTheParameter) {
  const auto error_of = [](std::string name, std::string text) {
    const ApiRequest request{
        .http = {}, .variables = {}, .parameters = {{std::move(name), std::move(text)}}};
    const auto parsed = ParseSearchParameters(request);
    return parsed ? std::string() : parsed.error().message;
  };
  EXPECT_EQ(error_of("limit", "a"), "invalid limit: strconv.Atoi: parsing \"a\": invalid syntax");
  EXPECT_EQ(error_of("start", "2147483648"),
            "invalid start: strconv.ParseInt: parsing \"2147483648\": value out of range");
}

TEST(Logfmt, TakesAllEscapes) {
  const auto value_of = [](std::string_view quoted) {
    return ParseLogfmt("k=\"" + std::string(quoted) + "\"").value().front().second;
  };
  EXPECT_EQ(value_of(R"(one\ntwo\tthree\r)"), "one\ntwo\tthree\r");
  EXPECT_EQ(value_of(R"(\"\\\/\'\b\f)"), "\"\\/'\b\f");
  EXPECT_EQ(value_of(R"(gr\u00FC\u00dfe \u65e5 \ud83c\udf0d)"), "grüße 日 🌍");
  EXPECT_EQ(value_of(R"(\ud83c x \udf0d \ud83c\u0041)"), "\ufffd x \ufffd \ufffdA");
  EXPECT_EQ(ParseLogfmt(R"(k=a\nb)").value().front().second, R"(a\nb)") << "without quotes";
  for (const char* text : {R"(k="\q")", R"(k="\u12")", R"(k="\u12g4")", R"(k="\u-123")", R"(k="\)"})
    EXPECT_FALSE(ParseLogfmt(text).has_value()) << text;
}

TEST(Logfmt, PairsAndQuotes) {
  const auto pairs = ParseLogfmt(R"(a=b  c="d e" f g="\"h\"")").value();
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"a", "b"}, {"c", "d e"}, {"f", ""}, {"g", "\"h\""}};
  EXPECT_EQ(pairs, expected);
  EXPECT_TRUE(ParseLogfmt("  ").value().empty());
  for (const std::string_view text : {"=b", "\"a\"=b", "a=b\"c"})
    EXPECT_FALSE(ParseLogfmt(text).has_value()) << text;
}

TEST(QueryWindow, IsTheLastQuarterOfAnHourByDefault) {
  const QueryFrontendConfig config;
  const WindowParameters window = ClampWindow({}, config, 10'000).value();
  EXPECT_EQ(window.start_unix_seconds, 10'000 - 900);
  EXPECT_EQ(window.end_unix_seconds, 10'000);
  EXPECT_EQ(
      ClampWindow({.start_unix_seconds = 5, .end_unix_seconds = 9, .since = "1h"}, config, 10'000)
          ->start_unix_seconds,
      6'400);
  EXPECT_FALSE(ClampWindow({.end_unix_seconds = 9}, config, 10'000).has_value());
}

TEST(QueryWindow, EndsBeforeTheCutoff) {
  QueryFrontendConfig config;
  config.query_end_cutoff = std::chrono::seconds(30);
  const WindowParameters window =
      ClampWindow({.start_unix_seconds = 9'000, .end_unix_seconds = 9'990}, config, 10'000).value();
  EXPECT_EQ(window.end_unix_seconds, 9'970);
  EXPECT_EQ(ClampWindow({.start_unix_seconds = 9'980, .end_unix_seconds = 9'990}, config, 10'000)
                ->start_unix_seconds,
            9'970 - 900);
}

TEST(MetricsParameters, DefaultSteps) {
  const std::pair<uint64_t, uint64_t> cases[] = {{3600, 15}, {1800, 5}, {1200, 5}, {1199, 4},
                                                 {600, 2},   {240, 1},  {1, 1}};
  for (const auto& [range, step] : cases)
    EXPECT_EQ(DefaultStepNanos(0, range * kSecond), step * kSecond) << range;
}

TEST(MetricsParameters, TimesInFourForms) {
  for (const std::string_view start :
       {"1795218408", "1795218408000000000", "1795218408.0", "2026-11-20T23:46:48Z"}) {
    const ApiRequest request{
        .http = {},
        .variables = {},
        .parameters = {{"start", std::string(start)}, {"end", "1795218409"}, {"q", "{}"}}};
    EXPECT_EQ(ParseMetricsParameters(request, false, 0)->start_unix_nanos, 1795218408 * kSecond)
        << start;
  }
}

TEST(MetricsParameters, WithoutAStartTheLastHour) {
  const ApiRequest request{.http = {}, .variables = {}, .parameters = {{"q", "{}"}}};
  const MetricsParameters parameters =
      ParseMetricsParameters(request, true, 7200 * kSecond).value();
  EXPECT_EQ(parameters.start_unix_nanos, 3600 * kSecond);
  EXPECT_EQ(parameters.end_unix_nanos, 7200 * kSecond);
}

}  // namespace
}  // namespace vivace
