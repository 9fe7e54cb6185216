#include "user_limits/user_limits.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

constexpr const char* kEmpty =
    R"({"cost_attribution":{},"metrics_generator":{"processor":{"service_graphs":{},"span_metrics":{},"host_info":{}}}})";

std::string Normalized(std::string_view json) {
  const Result<std::string> result = NormalizeUserLimits(json);
  return result ? *result : "refused: " + result.error().message;
}

TEST(UserLimits, AreWrittenInTemposOrder) {
  EXPECT_EQ(Normalized("{}"), kEmpty);
  EXPECT_EQ(
      Normalized(
          R"({"metrics_generator":{"processor":{"span_metrics":{"enable_target_info":true,"dimensions":["a"]}},
                           "collection_interval":30000000000,"disable_collection":false,"processors":["service-graphs"]}})"),
      R"({"cost_attribution":{},"metrics_generator":{"processors":["service-graphs"],"disable_collection":false,)"
      R"("collection_interval":"30s","processor":{"service_graphs":{},"span_metrics":{"dimensions":["a"],"enable_target_info":true},)"
      R"("host_info":{}}}})");
  EXPECT_EQ(Normalized(R"({"metrics_generator":{"collection_interval":"1m"}})").find("\"1m0s\"") !=
                std::string::npos,
            true);
}

TEST(UserLimits, NamesUnknownFieldsWithTheirPlace) {
  EXPECT_EQ(
      Normalized(R"({"x":1})"),
      R"(refused: client.Limits.ReadObject: found unknown field: x, error found in #4 byte of ...|{"x":1}|..., )"
      R"(bigger context ...|{"x":1}|...)");
  EXPECT_TRUE(
      Normalized(R"({"metrics_generator":{"bogus":1}})")
          .starts_with("refused: client.Limits.MetricsGenerator: "
                       "client.LimitsMetricsGenerator.ReadObject: found unknown field: bogus, "));
}

TEST(UserLimits, RefusesWrongTypes) {
  for (const char* json :
       {"[]", "x", "", "{\"forwarders\":1}", R"({"forwarders":[1]})", R"({"metrics_generator":[]})",
        R"({"metrics_generator":{"collection_interval":"soon"}})",
        R"({"cost_attribution":{"dimensions":{"a":1}}})",
        R"({"metrics_generator":{"native_histogram_max_bucket_number":-1}})",
        R"({"metrics_generator":{"processor":{"span_metrics":{"filter_policies":[1]}}}})"}) {
    EXPECT_TRUE(Normalized(json).starts_with("refused: ")) << json;
  }
}

std::string Checked(const std::string& json) {
  const Result<std::string> normal = NormalizeUserLimits(json);
  EXPECT_TRUE(normal.has_value()) << json;
  const Status checked = CheckUserLimits(*normal, {"known"});
  return checked ? "good" : checked.error().message;
}

std::string Generator(const std::string& fields) {
  return Checked("{\"metrics_generator\":{" + fields + "}}");
}
std::string SpanMetrics(const std::string& fields) {
  return Generator("\"processor\":{\"span_metrics\":{" + fields + "}}");
}

TEST(UserLimits, AreChecked) {
  EXPECT_EQ(Checked("{}"), "good");
  EXPECT_EQ(Checked(R"({"forwarders":["known"]})"), "good");
  EXPECT_EQ(Checked(R"({"forwarders":["f"]})"),
            "forwarder \"f\" is not a known forwarder, contact your system administrator");
  EXPECT_EQ(Generator(R"("processors":["bogus"])"),
            "metrics_generator.processor \"bogus\" is not a known processor, valid values: "
            "[service-graphs span-metrics local-blocks "
            "span-metrics-count span-metrics-latency span-metrics-size host-info]");
  EXPECT_EQ(
      Generator(R"("collection_interval":"1s")"),
      "metrics_generator.collection_interval \"1s\" is outside acceptable range of 15s to 5m");
  EXPECT_EQ(Generator(R"("ingestion_time_range_slack":"13h")"),
            "metrics_generator.ingestion_time_range_slack \"13h0m0s\" is outside acceptable range "
            "of 0s to 12h");
  EXPECT_EQ(Generator(R"("generate_native_histograms":"x")"),
            "metrics_generator.generate_native_histograms \"x\" is not a valid value, valid "
            "values: classic, native, both");
  EXPECT_EQ(Generator(R"("trace_id_label_name":"a-b")"),
            "trace_id_label_name \"a-b\" is not a valid Prometheus label name");
  EXPECT_EQ(Generator(R"("native_histogram_bucket_factor":1)"),
            "metrics_generator.native_histogram_bucket_factor must be greater than 1");
  EXPECT_EQ(SpanMetrics(R"("histogram_buckets":[1,0.5])"),
            "metrics_generator.processor.span_metrics.histogram_buckets must be strictly "
            "increasing: bucket[1]=0.5 is <= bucket[0]=1");
  EXPECT_EQ(SpanMetrics(R"("intrinsic_dimensions":{"x":true})").substr(0, 42),
            "intrinsic dimension \"x\" is not supported, ");
  EXPECT_EQ(SpanMetrics(R"("dimensions":["a.b","a_b"])"),
            "dimension \"a_b\" produces label \"a_b\" which collides with dimension \"a.b\"");
  EXPECT_EQ(SpanMetrics(R"("dimension_mappings":[{"name":""}])"),
            "dimension_mappings: name cannot be empty");
  EXPECT_EQ(SpanMetrics(R"("filter_policies":[{"include":{"match_type":"x"}}])"),
            "invalid include policy: invalid match type: x");
  EXPECT_EQ(Generator(R"("processor":{"host_info":{"metric_name":"a b"}})"),
            "metric_name is invalid");
}

TEST(UserLimits, ArePatched) {
  const std::string stored =
      Normalized(R"({"forwarders":["f"],"metrics_generator":{"disable_collection":true}})");
  const Result<std::string> patched = PatchUserLimits(
      stored, R"({"forwarders":null,"metrics_generator":{"processors":["span-metrics"]}})");
  ASSERT_TRUE(patched.has_value());
  EXPECT_EQ(
      *patched,
      Normalized(
          R"({"metrics_generator":{"processors":["span-metrics"],"disable_collection":true}})"));
  EXPECT_EQ(PatchUserLimits(stored, "{").error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(PatchUserLimits(stored, R"({"x":1})").error().code, ErrorCode::kInvalidArgument);
}

TEST(UserLimits, ShowWhatLimitsSay) {
  Limits limits;
  limits.forwarders = {"f"};
  limits.metrics_generator.processors = {"span-metrics"};
  limits.metrics_generator.collection_interval = std::chrono::seconds(20);
  limits.metrics_generator.span_metrics.dimensions = {"a"};
  limits.metrics_generator.span_metrics.enable_target_info = false;
  const std::string shown = UserLimitsOf(limits);
  EXPECT_EQ(Normalized(shown), shown);
  for (const char* part :
       {R"("forwarders":["f"])", R"("processors":["span-metrics"])",
        R"("collection_interval":"20s")", R"("dimensions":["a"],"enable_target_info":false)"}) {
    EXPECT_TRUE(shown.find(part) != std::string::npos) << part << " in " << shown;
  }
}

}  // namespace
}  // namespace vivace
