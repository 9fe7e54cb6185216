#include "config/limits_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace vivace {
namespace {

bool Increasing(const std::vector<double>& buckets) {
  return std::ranges::adjacent_find(buckets, std::greater_equal<>()) == buckets.end();
}

bool IsHistogramKind(std::string_view kind) {
  return kind.empty() || kind == "classic" || kind == "native" || kind == "both";
}

}  // namespace

void CheckLimits(const Limits& limits, const Limits& defaults, const std::string& tenant, int line,
                 int64_t replication_factor, ParseContext& context) {
  const int64_t shard = limits.ingestion.tenant_shard_size;
  if (shard != 0 && shard < replication_factor) {
    context.Error(
        line,
        fmt::format(
            "tenant {}: ingester.tenant.shard_size is lower than replication factor ({} < {})",
            tenant, shard, replication_factor));
  }
  const GeneratorLimits& generator = limits.metrics_generator;
  if (generator.native_histogram_bucket_factor <= 1) {
    context.Error(line, fmt::format("tenant {}: metrics_generator.native_histogram_bucket_factor "
                                    "must be greater than 1, is {}",
                                    tenant, generator.native_histogram_bucket_factor));
  }
  const std::string& histograms = generator.generate_native_histograms;
  if (histograms != defaults.metrics_generator.generate_native_histograms &&
      !IsHistogramKind(histograms)) {
    context.Error(line, fmt::format("tenant {}: metrics_generator.generate_native_histograms "
                                    "\"{}\" is not a valid value, valid values: classic, native, "
                                    "both",
                                    tenant, histograms));
  }
  if (!Increasing(generator.service_graphs.histogram_buckets) ||
      !Increasing(generator.span_metrics.histogram_buckets)) {
    context.Error(line,
                  fmt::format("tenant {}: histogram_buckets must be strictly increasing", tenant));
  }
}

}  // namespace vivace
