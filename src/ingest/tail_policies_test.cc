#include "ingest/tail_policies.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "columns/span_batch_builder.h"
#include "config/load.h"
#include "receive/admission/head_sampling.h"

namespace vivace {
namespace {

using std::chrono::seconds;

TraceId IdOf(uint8_t number) {
  TraceId id;
  id.bytes[15] = number;
  return id;
}

// Three traces: 1 has an error and takes 2 s, 2 has the status 503 and a route, 3 has three plain
// spans.
class TailPoliciesTest : public ::testing::Test {
 protected:
  TailPoliciesTest() {
    const AttributeCode service =
        builder_.AddAttribute("service.name", AttributeValue::String("cart"));
    scope_ =
        builder_.AddScope(builder_.AddResource(std::span(&service, 1), 0, {}), {}, {}, {}, 0, {});
    Span(1, 2'000, 2);
    Span(2, 10, 0,
         {{"http.status", AttributeValue::Int(503)},
          {"route", AttributeValue::String("/pay/7")},
          {"ok", AttributeValue::Bool(true)}});
    for (int i = 0; i < 3; ++i) Span(3, 10, 1, {{"ratio", AttributeValue::Double(2.5)}});
  }

  void Span(uint8_t trace, uint64_t milliseconds, uint8_t status,
            std::vector<std::pair<std::string, AttributeValue>> attributes = {}) {
    builder_.BeginSpan();
    builder_.row().trace_id = IdOf(trace);
    builder_.row().span_id.bytes[7] = static_cast<uint8_t>(builder_.batch().spans.size() + 1);
    builder_.row().start_unix_nanos = 1'000'000'000;
    builder_.row().end_unix_nanos = 1'000'000'000 + milliseconds * 1'000'000;
    builder_.row().status_code = status;
    for (const auto& [key, value] : attributes)
      builder_.SpanAttribute(builder_.AddAttribute(key, value));
    builder_.CommitSpan(scope_);
  }

  TailTraces Traces(std::chrono::steady_clock::time_point now = {}) const {
    return {.batch = builder_.batch(),
            .ids = {IdOf(1), IdOf(2), IdOf(3)},
            .rows = {0, 1, 2, 3, 4},
            .ends = {1, 2, 5},
            .now = now};
  }

  static TailSamplingConfig ConfigOf(const std::string& policies) {
    const auto loaded = LoadConfigText(
        "overrides:\n  defaults:\n    sampling:\n      tail:\n        policies: " + policies + "\n",
        "x", {});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
    return loaded ? loaded->config.overrides.defaults.sampling.tail : TailSamplingConfig{};
  }

  // The traces that are kept.
  std::string Kept(const std::string& policies) const {
    auto made = TailPolicies::Make(ConfigOf(policies));
    if (!made) return made.error().message;
    const auto [decided, status] = (*made)->Decide(Traces());
    EXPECT_TRUE(status.has_value()) << status.error().message;
    std::string kept;
    for (size_t trace = 0; trace < 3; ++trace)
      kept += decided.kept[trace] ? std::to_string(trace + 1) : "";
    return kept;
  }

  SpanBatchBuilder builder_;
  uint32_t scope_ = 0;
};

TEST_F(TailPoliciesTest, EachKind) {
  EXPECT_EQ(Kept("[{name: a, type: always_sample}]"), "123");
  EXPECT_EQ(Kept("[{type: status_code, status_code: {status_codes: [ERROR]}}]"), "1");
  EXPECT_EQ(Kept("[{type: status_code, status_code: {status_codes: [UNSET, OK]}}]"), "23");
  EXPECT_EQ(Kept("[{type: latency, latency: {threshold_ms: 2000}}]"), "1");
  EXPECT_EQ(Kept("[{type: latency, latency: {threshold_ms: 5, upper_threshold_ms: 100}}]"), "23");
  EXPECT_EQ(Kept("[{type: string_attribute, string_attribute: {key: route, values: [/pay/7, x]}}]"),
            "2");
  EXPECT_EQ(Kept("[{type: string_attribute, string_attribute: {key: route, values: ['^/pay/'], "
                 "enabled_regex_matching: true}}]"),
            "2");
  EXPECT_EQ(
      Kept("[{type: string_attribute, string_attribute: {key: service.name, values: [cart]}}]"),
      "123");
  EXPECT_EQ(Kept("[{type: numeric_attribute, numeric_attribute: {key: http.status, min_value: 500, "
                 "max_value: 599}}]"),
            "2");
  EXPECT_EQ(Kept("[{type: numeric_attribute, numeric_attribute: {key: ratio, min_value: 2, "
                 "max_value: 3}}]"),
            "3");
  EXPECT_EQ(Kept("[{type: boolean_attribute, boolean_attribute: {key: ok, value: true}}]"), "2");
  EXPECT_EQ(Kept("[{type: span_count, span_count: {min_spans: 2}}]"), "3");
  EXPECT_EQ(Kept("[{type: span_count, span_count: {max_spans: 1}}]"), "12");
  EXPECT_EQ(Kept("[{type: probabilistic, probabilistic: {sampling_percentage: 100}}]"), "123");
  EXPECT_EQ(Kept("[{type: probabilistic, probabilistic: {sampling_percentage: 0, hash_salt: x}}]"),
            "");
  EXPECT_EQ(Kept("[{type: traceql, traceql: {query: '{ span.http.status >= 500 } || { status = "
                 "error }'}}]"),
            "12");
  EXPECT_EQ(Kept("[{type: traceql, traceql: {query: '{} | count() > 2'}}]"), "3");
}

TEST_F(TailPoliciesTest, Together) {
  const std::string error = "{type: status_code, status_code: {status_codes: [ERROR]}}";
  const std::string slow = "{type: latency, latency: {threshold_ms: 2000}}";
  const std::string paid =
      "{type: string_attribute, string_attribute: {key: route, values: [/pay/7]}}";
  EXPECT_EQ(Kept("[" + error + ", " + paid + "]"), "12");
  EXPECT_EQ(Kept("[{type: and, and: {and_sub_policy: [" + error + ", " + slow + "]}}]"), "1");
  EXPECT_EQ(Kept("[{type: and, and: {and_sub_policy: [" + error + ", " + paid + "]}}]"), "");
  EXPECT_EQ(Kept("[{type: or, or: {or_sub_policy: [" + error + ", " + paid + "]}}]"), "12");
  EXPECT_EQ(Kept("[{type: not, not: {not_sub_policy: [" + error + "]}}]"), "23");
  EXPECT_EQ(Kept("[{type: always_sample}, {type: drop, drop: {drop_sub_policy: [" + paid + "]}}]"),
            "13");
  EXPECT_EQ(Kept("[{type: always_sample}, {type: string_attribute, string_attribute: {key: route, "
                 "values: [/pay/7], invert_match: true}}]"),
            "13");
  EXPECT_EQ(Kept("[{type: string_attribute, string_attribute: {key: route, values: [/pay/7], "
                 "invert_match: true}}]"),
            "13");
}

TEST_F(TailPoliciesTest, LimitOfSpansASecond) {
  auto policies = *TailPolicies::Make(
      ConfigOf("[{type: rate_limiting, rate_limiting: {spans_per_second: 4}}]"));
  const auto now = std::chrono::steady_clock::time_point(seconds(100));
  EXPECT_EQ(policies->Decide(Traces(now)).first.kept, (std::vector<bool>{true, true, false}));
  EXPECT_EQ(policies->Decide(Traces(now)).first.kept, (std::vector<bool>{true, true, false}));
  EXPECT_EQ(policies->Decide(Traces(now)).first.kept, (std::vector<bool>{false, false, false}));
  EXPECT_EQ(policies->Decide(Traces(now + seconds(1))).first.kept,
            (std::vector<bool>{true, true, false}));
}

TEST_F(TailPoliciesTest, BadOnesAreNamed) {
  EXPECT_EQ(Kept("[{name: odd, type: magic}]").substr(0, 66),
            "sampling.tail.policies \"odd\": unknown sampling policy type \"magic\"");
  EXPECT_EQ(Kept("[{type: status_code, status_code: {status_codes: [FINE]}}]"),
            "sampling.tail.policies \"status_code\": unknown status code \"FINE\", supported: OK, "
            "ERROR, UNSET");
  EXPECT_EQ(Kept("[{type: traceql, traceql: {query: '{ x'}}]").substr(0, 48),
            "sampling.tail.policies \"traceql\": parse error at");
  EXPECT_EQ(Kept("[{type: traceql, traceql: {query: '{} | rate()'}}]"),
            "sampling.tail.policies \"traceql\": query must be a search, not a metrics query");
  EXPECT_EQ(Kept("[{type: string_attribute, string_attribute: {key: a, values: ['('], "
                 "enabled_regex_matching: true}}]"),
            "sampling.tail.policies \"string_attribute\": regular expression \"(\": missing ): (");
  EXPECT_EQ(
      Kept("[{type: numeric_attribute, numeric_attribute: {key: a, min_value: 2, max_value: 1}}]"),
      "sampling.tail.policies \"numeric_attribute\": min_value 2 is greater than max_value 1");
  EXPECT_EQ(Kept("[{type: and}]"), "sampling.tail.policies \"and\": no sub-policies");
}

TEST_F(TailPoliciesTest, NonsenseIsRefused) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"[{type: latency}]", "latency.threshold_ms must be set"},
      {"[{type: latency, latency: {threshold_ms: 10, upper_threshold_ms: 5}}]",
       "latency.upper_threshold_ms 5 is less than threshold_ms 10"},
      {"[{type: probabilistic}]", "probabilistic.sampling_percentage must be set"},
      {"[{type: probabilistic, probabilistic: {hash_salt: a}}]",
       "probabilistic.sampling_percentage must be set"},
      {"[{type: probabilistic, probabilistic: {sampling_percentage: 125}}]",
       "probabilistic.sampling_percentage 125 is outside 0 to 100"},
      {"[{type: probabilistic, probabilistic: {sampling_percentage: -1}}]",
       "probabilistic.sampling_percentage -1 is outside 0 to 100"},
      {"[{type: rate_limiting}]", "rate_limiting.spans_per_second 0 must be at least 1"},
      {"[{type: span_count}]", "span_count.min_spans must be set"},
      {"[{type: span_count, span_count: {min_spans: 3, max_spans: 2}}]",
       "span_count.max_spans 2 is less than min_spans 3"},
      {"[{type: string_attribute, string_attribute: {key: a}}]",
       "string_attribute.values is empty"},
      {"[{type: and, and: {and_sub_policy: [{type: latency}]}}]",
       "latency.threshold_ms must be set"},
      {"[{type: latancy}]", "(did you mean \"latency\"?)"},
      {"[{name: a, type: always_sample}, {name: a, type: latency, latency: {threshold_ms: 1}}]",
       "\"a\" occurs twice"}};
  for (const auto& [policies, reason] : mistakes) {
    const auto made = TailPolicies::Make(ConfigOf(policies));
    ASSERT_FALSE(made) << policies;
    EXPECT_TRUE(made.error().message.contains(reason)) << made.error().message;
  }
}

// 5 % of what head sampling has let through, not 5 parts of its 25.
TEST(TailPolicies, ProbabilityIsIndependentOfHeadSampling) {
  SpanBatchBuilder builder;
  const uint32_t scope = builder.AddScope(builder.AddResource({}, 0, {}), {}, {}, {}, 0, {});
  std::vector<TraceId> ids;
  std::vector<uint32_t> rows, ends;
  std::mt19937_64 random(7);
  while (ids.size() < 20'000) {
    TraceId id;
    for (uint8_t& byte : id.bytes) byte = static_cast<uint8_t>(random());
    if (!IsSampled(id, 25)) continue;
    builder.BeginSpan();
    builder.row().trace_id = id;
    builder.CommitSpan(scope);
    rows.push_back(static_cast<uint32_t>(ids.size()));
    ids.push_back(id);
    ends.push_back(static_cast<uint32_t>(ids.size()));
  }
  for (const char* salt : {"", "other"}) {
    TailPolicyConfig policy{.type = "probabilistic", .sampling_percentage = 5, .hash_salt = salt};
    const auto policies = TailPolicies::Make({.policies = {policy}}).value();
    const TailTraces traces{
        .batch = builder.batch(), .ids = ids, .rows = rows, .ends = ends, .now = {}};
    const auto [decided, status] = policies->Decide(traces);
    const double kept = static_cast<double>(std::ranges::count(decided.kept, true));
    EXPECT_NEAR(kept / static_cast<double>(ids.size()), 0.05, 0.01) << salt;
  }
}

}  // namespace
}  // namespace vivace
