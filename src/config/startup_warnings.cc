#include "config/startup_warnings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

namespace vivace {
namespace {

// Collects warnings; the trees are for keys that Config does not have.
class Checker {
 public:
  Checker(const Config& config, const YamlNode& effective, const YamlNode& defaults)
      : config_(config), effective_(effective), defaults_(defaults) {}

  std::vector<ConfigWarning> Run() {
    CheckPolling();
    CheckCompactor();
    CheckLogging();
    CheckBlocks();
    CheckStorage();
    CheckQueries();
    return std::move(warnings_);
  }

 private:
  void Warn(bool condition, std::string message, std::string detail = "") {
    if (condition)
      warnings_.push_back({ConfigWarning::Kind::kStartup, std::move(message), std::move(detail)});
  }

  std::string Text(std::string_view path) const {
    const YamlNode* node = effective_.Find(path);
    return node == nullptr ? "" : node->text;
  }

  bool Changed(std::string_view path) const {
    const YamlNode* now = effective_.Find(path);
    const YamlNode* before = defaults_.Find(path);
    return now != nullptr && before != nullptr && !(*now == *before);
  }

  void CheckPolling() {
    const Duration poll = config_.storage.blocklist_poll;
    Warn(config_.ingester.complete_block_timeout < poll,
         "ingester.complete_block_timeout < storage.trace.blocklist_poll",
         "You may receive 404s between the time the ingesters have flushed a trace and the querier "
         "is aware of the new block");
    Warn(config_.compaction.block_retention < poll,
         "compactor.compaction.compacted_block_timeout < storage.trace.blocklist_poll",
         "Queriers and Compactors may attempt to read a block that no longer exists");
    Warn(config_.storage.blocklist_poll_concurrency == 0,
         "c.StorageConfig.Trace.BlocklistPollConcurrency must be greater than zero. Using default.",
         "default=50");
  }

  void CheckCompactor() {
    Warn(config_.compaction.retention_concurrency == 0,
         "c.Compactor.Compactor.RetentionConcurrency must be greater than zero. Using default.",
         "default=10");
    const std::string flush = Text("compactor.compaction.v2_out_buffer_bytes");
    Warn(config_.storage.backend == "s3" && flush.size() <= 7 && std::stoull("0" + flush) < 5242880,
         "c.Compactor.Compactor.FlushSizeBytes < 5242880",
         "Compaction flush size should be 5MB or higher for S3 backend");
    const Duration prune =
        ParseConfigDuration(Text("backend_scheduler.work.prune_age")).value_or(kForever);
    Warn(prune < 2 * config_.storage.blocklist_poll,
         "c.BackendScheduler.Work.PruneAge must be greater than 2x the "
         "storage.trace.blocklist_poll duration");
  }

  void CheckLogging() {
    constexpr std::string_view kDebugOnly =
        "This is for debugging only and not recommended for production deployments.";
    Warn(config_.distributor.log_received_spans.enabled,
         fmt::format("Span logging is enabled. {}", kDebugOnly));
    Warn(config_.distributor.log_discarded_spans.enabled,
         fmt::format("Span logging for discarded traces is enabled. {}", kDebugOnly));
  }

  // Blocks of other versions are neither written nor, but for vParquet4, read.
  void CheckVersion() {
    const std::string& version = config_.storage.block.version;
    if (version == "vParquet4" || version.empty()) return;  // empty is refused
    warnings_.push_back({ConfigWarning::Kind::kIgnored,
                         fmt::format("storage.trace.block.version: new blocks are vParquet4, not "
                                     "{}, which this version of Vivace cannot write",
                                     version),
                         "", "storage.trace.block.version"});
  }

  void CheckBlocks() {
    CheckVersion();
    constexpr std::array<std::string_view, 5> kV2 = {
        "storage.trace.block.v2_index_downsample_bytes",
        "storage.trace.block.v2_index_page_size_bytes", "compactor.compaction.v2_in_buffer_bytes",
        "compactor.compaction.v2_out_buffer_bytes",
        "compactor.compaction.v2_prefetch_traces_count"};
    const std::string& version = config_.storage.block.version;
    for (const std::string_view path : kV2) {
      const std::string_view key = path.substr(path.rfind('.') + 1);
      Warn(version != "v2" && Changed(path),
           fmt::format("c.StorageConfig.Trace.Block.Version != \"v2\" but {} is set", key),
           "This config is only used in version \"v2\" blocks");
    }
    const std::string wal = Text("storage.trace.wal.version");
    Warn(!wal.empty() && wal != version, "c.BlockConfig.BlockCfg.Version != c.WAL.Version");
  }

  void CheckStorage() {
    const bool single = config_.target == "all" || config_.target == "all-3.0";
    Warn(config_.storage.backend == "local" && !single,
         "Local backend will not correctly retrieve traces with a distributed deployment unless "
         "all components have access to the same "
         "disk. "
         "You should probably be using object storage as a backend.");
    Warn(Text("storage.trace.s3.native_aws_auth_enabled") == "true",
         "c.StorageConfig.Trace.S3.NativeAWSAuthEnabled is deprecated and will be removed in a "
         "future release.");
    Warn(!Text("storage.trace.cache").empty(),
         "c.StorageConfig.Trace.Cache is deprecated and will be removed in a future release.");
    const std::string user = Text("overrides.user_configurable_overrides.client.local.path");
    Warn(Text("overrides.user_configurable_overrides.enabled") == "true" &&
             config_.storage.backend == "local" &&
             Text("overrides.user_configurable_overrides.client.backend") == "local" &&
             user == config_.storage.local.path,
         "Trace storage conflicts with user-configurable overrides storage");
  }

  void CheckQueries() {
    const FrontendTraceByIdConfig& by_id = config_.query_frontend.trace_by_id;
    Warn(by_id.concurrent_shards > by_id.query_shards,
         "c.Frontend.TraceByID.ConcurrentShards greater than query_shards is invalid. "
         "concurrent_shards will be set to query_shards");
  }

  const Config& config_;
  const YamlNode& effective_;
  const YamlNode& defaults_;
  std::vector<ConfigWarning> warnings_;
};

}  // namespace

std::optional<ConfigWarning> RetentionWarning(const YamlNode& effective,
                                              const std::vector<ConfigWarning>& warnings) {
  const YamlNode* disabled = effective.Find("compactor.disabled");
  if (disabled != nullptr && disabled->text == "true") return std::nullopt;
  const bool is_said = std::ranges::any_of(warnings, [](const ConfigWarning& warning) {
    return warning.kind == ConfigWarning::Kind::kLater &&
           warning.key.starts_with("compactor.compaction.");
  });
  if (is_said) return std::nullopt;
  return ConfigWarning{
      ConfigWarning::Kind::kLater,
      "compaction and retention are not implemented yet: blocks are neither merged "
      "nor deleted",
      "compactor.disabled: true says that this is intended", "compactor"};
}

std::vector<ConfigWarning> StartupWarnings(const Config& config, const YamlNode& effective,
                                           const YamlNode& defaults) {
  return Checker(config, effective, defaults).Run();
}

}  // namespace vivace
