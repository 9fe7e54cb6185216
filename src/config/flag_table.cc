// Tempo's flags, with the key of the configuration that each one sets.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/flags.h"

namespace vivace {
namespace {

using Flags = std::vector<FlagSpec>;

// Names of flags whose modules Vivace does not have, after their prefixes. A type of "" is a
// boolean.
struct FlagSuffix {
  std::string_view name;
  std::string_view type;
};

void AddProcess(Flags& flags) {
  flags.insert(
      flags.end(),
      {{"config.file", "string", "", "Configuration file to load."},
       {"config.expand-env", "", "",
        "Expand ${var} in the configuration file; unset: only in values that are nothing else."},
       {"config.verify", "", "",
        "Check the configuration as the start does, print warnings and exit, with status 1 if it "
        "would not start or one of Tempo's own warnings applies."},
       {"config.strict", "", "", "Refuse unknown keys (default true)."},
       {"version", "", "", "Print the version and exit."},
       {"hash-password", "", "",
        "Print the hash of the password on standard input, for vivace.access_file, and exit."},
       {"hash-token", "", "",
        "Print the hash of the token on standard input, for vivace.access_file, and exit."},
       {"target", "string", "target", ""},
       {"mem-ballast-size-mbs", "int", "", ""},
       {"mutex-profile-fraction", "int", "", ""},
       {"block-profile-threshold", "int", "", ""},
       {"enable-go-runtime-metrics", "", "enable_go_runtime_metrics", ""},
       {"shutdown-delay", "duration", "shutdown_delay", ""},
       {"log.level", "value", "server.log_level", ""},
       {"server.http-listen-port", "int", "server.http_listen_port", ""},
       {"server.grpc-listen-port", "int", "server.grpc_listen_port", ""},
       {"http-api-prefix", "string", "http_api_prefix", ""},
       {"multitenancy.enabled", "", "multitenancy_enabled", ""},
       {"auth.enabled", "", "auth_enabled", ""},
       {"memberlist.host-port", "value", "memberlist.join_members", ""},
       {"memberlist.bind-port", "int", "memberlist.bind_port", ""},
       {"memberlist.message-history-buffer-bytes", "int", "memberlist.message_history_buffer_bytes",
        ""},
       {"reporting.enabled", "", "usage_report.reporting_enabled", ""},
       {"reporting.backoff-min-period", "duration", "usage_report.backoff.min_period", ""},
       {"reporting.backoff-max-period", "duration", "usage_report.backoff.max_period", ""},
       {"reporting.backoff-retries", "int", "usage_report.backoff.max_retries", ""}});
}

void AddIngestion(Flags& flags) {
  flags.insert(
      flags.end(),
      {{"distributor.rate-limit-strategy", "string", "overrides.defaults.ingestion.rate_strategy",
        ""},
       {"distributor.ingestion-rate-limit-bytes", "int",
        "overrides.defaults.ingestion.rate_limit_bytes", ""},
       {"distributor.ingestion-burst-size-bytes", "int",
        "overrides.defaults.ingestion.burst_size_bytes", ""},
       {"ingester.trace-idle-period", "duration", "ingester.trace_idle_period", ""},
       {"ingester.max-block-duration", "duration", "ingester.max_block_duration", ""},
       {"ingester.max-block-bytes", "uint", "ingester.max_block_bytes", ""},
       {"ingester.complete-block-timeout", "duration", "ingester.complete_block_timeout", ""},
       {"ingester.max-traces-per-user", "int", "overrides.defaults.ingestion.max_traces_per_user",
        ""},
       {"ingester.max-global-traces-per-user", "int",
        "overrides.defaults.ingestion.max_global_traces_per_user", ""},
       {"ingester.max-bytes-per-trace", "int", "overrides.defaults.global.max_bytes_per_trace", ""},
       {"ingester.availability-zone", "string", "ingester.lifecycler.availability_zone", ""},
       {"config.per-user-override-config", "string", "overrides.per_tenant_override_config", ""},
       {"config.per-user-override-period", "value", "overrides.per_tenant_override_period", ""}});
  for (const std::string_view kind : {"received", "discarded"}) {
    for (const auto& [flag, key] : std::array<std::pair<std::string_view, std::string_view>, 3>{
             {{"enabled", "enabled"},
              {"include-attributes", "include_all_attributes"},
              {"filter-by-status-error", "filter_by_status_error"}}}) {
      flags.push_back({fmt::format("distributor.log-{}-spans.{}", kind, flag), "",
                       fmt::format("distributor.log_{}_spans.{}", kind, key), ""});
    }
  }
}

void AddQueries(Flags& flags) {
  const std::string limits = "overrides.defaults.";
  flags.insert(
      flags.end(),
      {{"querier.max-bytes-per-tag-values-query", "int",
        limits + "read.max_bytes_per_tag_values_query", ""},
       {"querier.max-blocks-per-tag-values-query", "int",
        limits + "read.max_blocks_per_tag_values_query", ""},
       {"metrics-generator.native-histogram-bucket-factor", "float",
        limits + "metrics_generator.native_histogram_bucket_factor", ""},
       {"metrics-generator.native-histogram-max-bucket-number", "uint",
        limits + "metrics_generator.native_histogram_max_bucket_number", ""},
       {"metrics-generator.native-histogram-min-reset-duration", "duration",
        limits + "metrics_generator.native_histogram_min_reset_duration", ""},
       {"querier.frontend-address", "string", "querier.frontend_worker.frontend_address", ""},
       {"query-frontend.mcp-server.enabled", "", "query_frontend.mcp_server.enabled", ""}});
}

void AddCompaction(Flags& flags) {
  flags.push_back({"compactor.disabled", "", "compactor.disabled", ""});
  const std::array<std::pair<std::string_view, std::string_view>, 3> prefixes = {
      {{"compactor.compaction.", "compactor.compaction."},
       {"backend-worker.compaction.", "backend_worker.compaction."},
       {"backend-scheduler.provider.work.compaction.",
        "backend_scheduler.provider.compaction.compaction."}}};
  for (const auto& [flag, key] : prefixes) {
    flags.push_back({fmt::format("{}compaction.block-retention", flag), "duration",
                     fmt::format("{}block_retention", key), ""});
    flags.push_back({fmt::format("{}compaction.compaction-window", flag), "duration",
                     fmt::format("{}compaction_window", key), ""});
    flags.push_back({fmt::format("{}compaction.max-block-bytes", flag), "uint",
                     fmt::format("{}max_block_bytes", key), ""});
    flags.push_back({fmt::format("{}compaction.max-objects-per-block", flag), "int",
                     fmt::format("{}max_compaction_objects", key), ""});
  }
}

void AddStorage(Flags& flags) {
  const auto add = [&](std::string_view flag, std::string_view type, std::string_view key) {
    flags.push_back({fmt::format("storage.trace.{}", flag), std::string(type),
                     fmt::format("storage.trace.{}", key), ""});
  };
  for (const std::string_view key : {"backend", "wal.path", "local.path"}) add(key, "string", key);
  add("blocklist_poll", "duration", "blocklist_poll");
  add("pool.max-workers", "int", "pool.max_workers");
  add("pool.queue-depth", "int", "pool.queue_depth");
  for (const std::string_view key :
       {"bucket", "prefix", "endpoint", "access_key", "tls_min_version"}) {
    add(fmt::format("s3.{}", key), "string", fmt::format("s3.{}", key));
  }
  for (const std::string_view key : {"secret_key", "session_token"})
    add(fmt::format("s3.{}", key), "value", fmt::format("s3.{}", key));
  add("s3.list_blocks_concurrency", "int", "s3.list_blocks_concurrency");
  add("s3.sse.type", "string", "s3.sse.type");
  add("s3.sse.kms-key-id", "string", "s3.sse.kms_key_id");
  add("s3.sse.kms-encryption-context", "string", "s3.sse.kms_encryption_context");
  add("s3.sse.encryption-key", "value", "s3.sse.encryption_key");
  add("gcs.bucket", "string", "gcs.bucket_name");
  add("gcs.prefix", "string", "gcs.prefix");
  add("gcs.list_blocks_concurrency", "int", "gcs.list_blocks_concurrency");
  add("gcs.max_retries", "int", "gcs.max_retries");
  for (const std::string_view key : {"container_name", "storage_account_name", "prefix"}) {
    add(fmt::format("azure.{}", key), "string", fmt::format("azure.{}", key));
  }
  add("azure.storage_account_key", "value", "azure.storage_account_key");
  add("azure.endpoint", "string", "azure.endpoint_suffix");
  add("azure.max_buffers", "int", "azure.max_buffers");
}

void AddBlocks(Flags& flags) {
  const std::array<std::pair<std::string_view, std::string_view>, 4> prefixes = {
      {{"storage.", "storage.trace.block."},
       {"generator.", "metrics_generator.processor.local_blocks.block."},
       {"live-store.block.", "live_store.block_config."},
       {"block-builder.block.", "block_builder.block."}}};
  for (const auto& [flag, key] : prefixes) {
    const std::string prefix = fmt::format("{}trace.block.v2-", flag);
    flags.push_back({prefix + "bloom-filter-false-positive", "float",
                     fmt::format("{}bloom_filter_false_positive", key), ""});
    flags.push_back({prefix + "bloom-filter-shard-size-bytes", "int",
                     fmt::format("{}bloom_filter_shard_size_bytes", key), ""});
    flags.push_back({prefix + "index-downsample-bytes", "int",
                     fmt::format("{}v2_index_downsample_bytes", key), ""});
    flags.push_back({prefix + "index-page-size-bytes", "int",
                     fmt::format("{}v2_index_page_size_bytes", key), ""});
  }
}

void AddSuffixes(Flags& flags, std::string_view prefix, const std::vector<FlagSuffix>& suffixes) {
  for (const FlagSuffix& suffix : suffixes)
    flags.push_back({fmt::format("{}{}", prefix, suffix.name), std::string(suffix.type), "", ""});
}

void AddStores(Flags& flags) {
  static const std::vector<FlagSuffix> kSuffixes = {{"store", "string"},
                                                    {"prefix", "string"},
                                                    {"consul.hostname", "string"},
                                                    {"consul.acl-token", "value"},
                                                    {"consul.client-timeout", "duration"},
                                                    {"consul.consistent-reads", ""},
                                                    {"consul.watch-rate-limit", "float"},
                                                    {"consul.watch-burst-size", "int"},
                                                    {"consul.cas-retry-delay", "duration"},
                                                    {"etcd.endpoints", "value"},
                                                    {"etcd.dial-timeout", "duration"},
                                                    {"etcd.max-retries", "int"},
                                                    {"etcd.username", "string"},
                                                    {"etcd.password", "value"},
                                                    {"etcd.tls-enabled", ""},
                                                    {"etcd.tls-cert-path", "string"},
                                                    {"etcd.tls-key-path", "string"},
                                                    {"etcd.tls-ca-path", "string"},
                                                    {"etcd.tls-server-name", "string"},
                                                    {"etcd.tls-insecure-skip-verify", ""},
                                                    {"etcd.tls-cipher-suites", "string"},
                                                    {"etcd.tls-min-version", "string"},
                                                    {"multi.primary", "string"},
                                                    {"multi.secondary", "string"},
                                                    {"multi.mirror-enabled", ""},
                                                    {"multi.mirror-timeout", "duration"}};
  // Tempo glues two of these to their names without a dot.
  for (const std::string_view prefix :
       {"ingester.partition-ring.", "live-store.partition-ring.", "generator", "live-store"}) {
    AddSuffixes(flags, prefix, kSuffixes);
  }
  for (const std::string_view prefix : {"ingester.partition-ring.", "live-store.partition-ring."}) {
    AddSuffixes(flags, prefix,
                {{"min-partition-owners-count", "int"},
                 {"min-partition-owners-duration", "duration"},
                 {"delete-inactive-partition-after", "duration"}});
  }
}

void AddKafka(Flags& flags) {
  static const std::vector<FlagSuffix> kSuffixes = {
      {"address", "string"},
      {"topic", "string"},
      {"client-id", "string"},
      {"dial-timeout", "duration"},
      {"write-timeout", "duration"},
      {"sasl-username", "string"},
      {"sasl-password", "value"},
      {"consumer-group", "string"},
      {"consumer-group-offset-commit-interval", "duration"},
      {"last-produced-offset-retry-timeout", "duration"},
      {"auto-create-topic-enabled", ""},
      {"auto-create-topic-default-partitions", "int"},
      {"producer-max-record-size-bytes", "int"},
      {"producer-max-buffered-bytes", "int"},
      {"target-consumer-lag-at-startup", "duration"},
      {"max-consumer-lag-at-startup", "duration"},
      {"disable-kafka-telemetry", ""},
      {"consumer_group_lag_metric_update_interval", "duration"}};
  AddSuffixes(flags, "ingest.", kSuffixes);
  AddSuffixes(flags, "generator.", kSuffixes);
}

void AddOtherModules(Flags& flags) {
  AddSuffixes(flags, "generator.",
              {{"instance-id", "string"}, {"instance-availability-zone", "string"}});
  AddSuffixes(flags, "live-store.",
              {{"wal.path", "string"},
               {"shutdown_marker_dir", "string"},
               {"complete-block-timeout", "duration"},
               {"concurrent-blocks", "uint"},
               {"metrics.time-overlap-cutoff", "float"},
               {"instance-availability-zone", "string"}});
  AddSuffixes(flags, "block-builder.",
              {{"instance-id", "string"},
               {"assigned-partitions", "value"},
               {"partitions-per-instance", "int"},
               {"consume-cycle-duration", "duration"},
               {"max-bytes-per-cycle", "uint"},
               {"wal.path", "string"},
               {"block.max-block-bytes", "uint"}});
  AddSuffixes(flags, "backend-worker.",
              {{"backoff-min-period", "duration"},
               {"backoff-max-period", "duration"},
               {"backoff-retries", "int"},
               {"finish-on-shutdown-timeout", "duration"}});
  AddSuffixes(flags, "backend-schedulerbackend-scheduler.",
              {{"maintenance-interval", "duration"},
               {"backend-flush-interval", "duration"},
               {"job-timeout", "duration"},
               {"local-work-path", "string"}});
  AddSuffixes(flags, "backend-scheduler.",
              {{"workprune-age", "duration"}, {"workdead-job-timeout", "duration"}});
  AddSuffixes(flags, "backend-scheduler.provider.workbackend-scheduler.",
              {{"compaction-provider.measure-interval", "duration"},
               {"max-jobs-per-tenant", "int"},
               {"retention-interval", "duration"}});
  AddSuffixes(flags, "backend-scheduler.provider.work.",
              {{"min-input-blocks", "int"},
               {"max-input-blocks", "int"},
               {"max-compaction-level", "int"},
               {"min-cycle-interval", "duration"}});
}

}  // namespace

std::vector<FlagSpec> AllFlags() {
  Flags flags;
  AddProcess(flags);
  AddIngestion(flags);
  AddQueries(flags);
  AddCompaction(flags);
  AddStorage(flags);
  AddBlocks(flags);
  AddStores(flags);
  AddKafka(flags);
  AddOtherModules(flags);
  std::ranges::sort(flags, {}, &FlagSpec::name);
  return flags;
}

}  // namespace vivace
