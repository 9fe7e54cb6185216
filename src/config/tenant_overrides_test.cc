#include "config/tenant_overrides.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vivace {
namespace {

using ::testing::HasSubstr;

TenantOverrides Parse(const std::string& text, const Config& config = {}) {
  auto result = ParseTenantOverrides(text, "o.yaml", config, {});
  EXPECT_TRUE(result) << result.error().message;
  return result ? std::move(*result) : TenantOverrides{};
}

std::string ParseError(const std::string& text) {
  const auto result = ParseTenantOverrides(text, "o.yaml", {}, {});
  return result ? "no error" : result.error().message;
}

TEST(TenantOverrides, ExactThenWildcardThenDefaults) {
  const TenantOverrides some = Parse("overrides:\n  a: {ingestion: {rate_limit_bytes: 1}}\n");
  EXPECT_EQ(some.For("a").ingestion.rate_limit_bytes, 1);
  EXPECT_EQ(some.For("b").ingestion.rate_limit_bytes, 15000000);
  const TenantOverrides wild = Parse(
      "overrides:\n  a: {ingestion: {rate_limit_bytes: 1}}\n  \"*\": {ingestion: "
      "{rate_limit_bytes: 2}}\n");
  EXPECT_EQ(wild.For("a").ingestion.rate_limit_bytes, 1);
  EXPECT_EQ(wild.For("b").ingestion.rate_limit_bytes, 2);
}

TEST(TenantOverrides, UnsetKeysInheritUnlessSwitchedOff) {
  const std::string text = "overrides:\n  a: {ingestion: {rate_limit_bytes: 1}}\n";
  EXPECT_EQ(Parse(text).For("a").max_bytes_per_trace, 5000000);
  Config config;
  config.overrides.inherit_defaults = false;
  const TenantOverrides zero = Parse(text, config);
  EXPECT_EQ(zero.For("a").max_bytes_per_trace, 0);
  EXPECT_EQ(zero.For("a").ingestion.burst_size_bytes, 0);
  EXPECT_EQ(zero.For("a").metrics_generator.native_histogram_bucket_factor, 1.1);
}

TEST(TenantOverrides, FlatForm) {
  const TenantOverrides flat = Parse(
      "overrides:\n  a:\n    ingestion_rate_limit_bytes: 1\n    max_bytes_per_trace: 2\n    "
      "block_retention: 1w\n"
      "    metrics_generator_processor_span_metrics_dimensions: [x]\n    "
      "metrics_generator_forwarder_queue_size: 3\n"
      "    cost_attribution: {dimensions: {a: b}}\n    parquet_dedicated_columns: [{scope: span, "
      "name: n, type: string}]\n");
  const Limits& limits = flat.For("a");
  EXPECT_EQ(limits.ingestion.rate_limit_bytes, 1);
  EXPECT_EQ(limits.max_bytes_per_trace, 2);
  EXPECT_EQ(limits.compaction.block_retention.value, std::chrono::hours(168));
  EXPECT_EQ(limits.metrics_generator.span_metrics.dimensions, std::vector<std::string>{"x"});
  EXPECT_EQ(limits.metrics_generator.forwarder_queue_size, 3);
  EXPECT_EQ(limits.cost_attribution.dimensions.at("a"), "b");
  EXPECT_EQ(limits.parquet_dedicated_columns.size(), 1u);
}

TEST(TenantOverrides, AliasesOfTheDocumentation) {
  const TenantOverrides aliased = Parse(
      "overrides:\n  a:\n    ingestion: {rate_size_bytes: 1, burst_limit_bytes: 2, strategy: "
      "global}\n");
  EXPECT_EQ(aliased.For("a").ingestion.rate_limit_bytes, 1);
  EXPECT_EQ(aliased.For("a").ingestion.burst_size_bytes, 2);
  EXPECT_EQ(aliased.For("a").ingestion.rate_strategy, "global");
  EXPECT_EQ(aliased.warnings.size(), 3u);
}

TEST(TenantOverrides, WhatIsNotDoneYetIsReportedOncePerKey) {
  const TenantOverrides some = Parse(
      "overrides:\n  a: {metrics_generator: {processors: [span-metrics]}}\n"
      "  b: {metrics_generator: {processors: [service-graphs]}, compaction: {block_retention: "
      "1h}}\n"
      "  c: {metrics_generator_processors: [span-metrics]}\n");
  std::vector<std::string> messages;
  for (const ConfigWarning& warning : some.warnings) {
    if (warning.kind == ConfigWarning::Kind::kLater) messages.push_back(warning.message);
  }
  EXPECT_THAT(
      messages,
      ::testing::UnorderedElementsAre(
          "metrics_generator.processors of 2 tenants is not implemented yet and has no effect",
          "compaction.block_retention of 1 tenants is not implemented yet and has no effect",
          "metrics_generator_processors of 1 tenants is not implemented yet and has no "
          "effect"));
}

TEST(TenantOverrides, Refuses) {
  EXPECT_THAT(ParseError("overrides:\n  a:\n    ingestion:\n      rate_limit_byte: 1\n"),
              HasSubstr("line 4: field rate_limit_byte not found in type "
                        "overrides.IngestionOverrides (did you mean \"rate_limit_bytes\"?)"));
  EXPECT_THAT(ParseError("overrides:\n  a: {metrics_generator: {generate_native_histograms: x}}\n"),
              HasSubstr("\"x\" is not a valid value"));
  EXPECT_THAT(
      ParseError("overrides:\n  a: {metrics_generator: {native_histogram_bucket_factor: 1}}\n"),
      HasSubstr("must be greater than 1"));
  EXPECT_THAT(ParseError("overrides:\n  a: {}\n  a: {}\n"),
              HasSubstr("line 3: key \"a\" already set in map"));
  EXPECT_THAT(ParseError("tenants: {}\n"), HasSubstr("field tenants not found"));
  EXPECT_EQ(ParseError(""), "no error");
}

TEST(TenantOverrides, MissingFileIsNotFound) {
  Config config;
  EXPECT_TRUE(LoadTenantOverrides(config, {}));
  config.overrides.per_tenant_override_config = "/nowhere/overrides.yaml";
  EXPECT_EQ(LoadTenantOverrides(config, {}).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace vivace
