// CheckSupported: what a valid file may ask for that cannot run.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/go_format.h"
#include "config/sections/config.h"

namespace vivace {
namespace {

constexpr std::array<std::string_view, 16> kKnownTargets = {"all",
                                                            "all-3.0",
                                                            "scalable-single-binary",
                                                            "distributor",
                                                            "ingester",
                                                            "querier",
                                                            "query-frontend",
                                                            "compactor",
                                                            "block-builder",
                                                            "live-store",
                                                            "metrics-generator",
                                                            "overrides-api",
                                                            "backend-scheduler",
                                                            "backend-worker",
                                                            "usage-report",
                                                            "metrics-generator-no-local-blocks"};
constexpr size_t kStringColumnsMax = 10;
constexpr size_t kIntColumnsMax = 5;

Status Invalid(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}
Status Unsupported(std::string message) {
  return Fail(ErrorCode::kUnimplemented, std::move(message));
}

Status CheckTarget(const Config& config) {
  if (config.target == "all") return {};
  if (std::ranges::find(kKnownTargets, config.target) == kKnownTargets.end()) {
    return Invalid(fmt::format("target: unrecognised module name: {}", config.target));
  }
  return Unsupported(fmt::format(
      "target: {} is not supported by this version of Vivace, only all is", config.target));
}

Status CheckBackend(const StorageConfig& storage) {
  const std::string& backend = storage.backend;
  if (backend == "s3" || backend == "gcs" || backend == "azure") {
    return Unsupported(fmt::format(
        "storage.trace.backend: {} is not supported by this version of Vivace, only local is",
        backend));
  }
  if (backend != "local")
    return Invalid(
        fmt::format("storage.trace.backend: unknown backend \"{}\", must be local", backend));
  if (storage.local.path.empty())
    return Invalid("storage.trace.local.path: must be set with backend local");
  return {};
}

Status CheckColumns(const std::vector<DedicatedColumnConfig>& columns) {
  std::set<std::pair<std::string, std::string>> seen;
  std::map<std::pair<std::string, std::string>, size_t> counts;
  for (const DedicatedColumnConfig& column : columns) {
    if (column.name.empty())
      return Invalid("storage.trace.block.parquet_dedicated_columns: a column has no name");
    if (!seen.insert({column.scope, column.name}).second) {
      return Invalid(
          fmt::format("storage.trace.block.parquet_dedicated_columns: {} {} occurs twice",
                      column.scope, column.name));
    }
    const size_t max = column.type == "int" ? kIntColumnsMax : kStringColumnsMax;
    if (++counts[{column.scope, column.type}] > max) {
      return Invalid(fmt::format(
          "storage.trace.block.parquet_dedicated_columns: more than {} {} columns of type {}", max,
          column.scope, column.type));
    }
  }
  return {};
}

Status CheckBlock(const BlockConfig& block) {
  const double rate = block.bloom_filter_false_positive;
  if (rate <= 0 || rate >= 1)
    return Invalid(fmt::format(
        "storage.trace.block.bloom_filter_false_positive: invalid bloom filter fp rate {}", rate));
  if (block.bloom_filter_shard_size_bytes <= 0) {
    return Invalid(
        fmt::format("storage.trace.block.bloom_filter_shard_size_bytes: invalid value for bloom "
                    "filter shard size {}",
                    block.bloom_filter_shard_size_bytes));
  }
  if (block.version.empty())
    return Invalid("storage.trace.block.version: \"\" is not a valid block version");
  return CheckColumns(block.parquet_dedicated_columns);
}

Status CheckTls(const ServerTlsConfig& tls, std::string_view name) {
  const bool has_ca = !tls.client_ca.empty() || !tls.client_ca_file.empty();
  if (has_ca && tls.client_auth_type.empty()) {
    return Invalid(
        fmt::format("error generating {} tls config: client CA's have been configured without a "
                    "Client Auth Policy",
                    name));
  }
  return {};
}

// A prefix without a slash would match no request at all.
Status CheckPathPrefix(const std::string& prefix) {
  if (prefix.empty() || prefix.starts_with('/')) return {};
  return Invalid(fmt::format("server.http_path_prefix is \"{}\", must begin with a slash", prefix));
}

Status CheckQueries(const QueryFrontendConfig& frontend) {
  if (frontend.search.query_ingesters_until >= frontend.search.query_backend_after) return {};
  return Invalid(fmt::format(
      "query_frontend.search.query_ingesters_until ({}) must be at least query_backend_after ({})",
      FormatGoDuration(frontend.search.query_ingesters_until),
      FormatGoDuration(frontend.search.query_backend_after)));
}

}  // namespace

Status CheckSupported(const Config& config) {
  VIVACE_TRY(CheckTarget(config));
  if (config.ingest_enabled)
    return Unsupported("ingest.enabled: Vivace does not ingest through Kafka");
  VIVACE_TRY(CheckPathPrefix(config.server.http_path_prefix));
  VIVACE_TRY(CheckTls(config.server.http_tls_config, "http"));
  VIVACE_TRY(CheckTls(config.server.grpc_tls_config, "grpc"));
  if (config.compaction.compaction_window <= Duration{})
    return Invalid("compactor.compaction.compaction_window: compaction window can't be 0");
  VIVACE_TRY(CheckQueries(config.query_frontend));
  VIVACE_TRY(CheckBlock(config.storage.block));
  return CheckBackend(config.storage);
}

}  // namespace vivace
