// The top level of the configuration file, in the order in which /status/config prints it.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareProcess(ConfigSection& section, Config& config) {
  section.Key("target", config.target, "Module to run.");
  section.Key("auth_enabled", config.auth_enabled, "Old name of multitenancy_enabled.").OmitZero();
  section
      .Key("multitenancy_enabled", config.multitenancy_enabled,
           "Every request must name its tenant.")
      .OmitZero();
  section
      .Key("shutdown_delay", config.shutdown_delay,
           "How long /ready returns 503 before the process stops.")
      .OmitZero();
  section
      .Unused("stream_over_http_enabled", false,
              "Serve streamed queries on the HTTP port too; they always are.")
      .OmitZero();
  section.Key("http_api_prefix", config.http_api_prefix, "Prefix of the API's paths.");
  section.Unused("enable_go_runtime_metrics", false, "More metrics of the Go runtime.").OmitZero();
  section.Unused("partition_ring_live_store", false, "Use the live stores' partition ring.")
      .OmitZero();
}

void DeclareModules(ConfigSection& section, Config& config) {
  DeclareQuerier(section.Group("querier", "querier.Config", "Reading of traces."), config.querier);
  DeclareQueryFrontend(
      section.Group("query_frontend", "frontend.Config", "Queries and their limits."),
      config.query_frontend);
  DeclareCompactor(section.Group("compactor", "compactor.Config", "Compaction and retention."),
                   config.compaction);
  DeclareIngester(
      section.Group("ingester", "ingester.Config", "Live traces and the cutting of blocks."),
      config.ingester);
  DeclareGenerator(section.Group("metrics_generator", "generator.Config", "Metrics from traces."));
  DeclareIngest(section.Group("ingest", "ingest.Config", "Kafka."), config.ingest_enabled);
  DeclareBlockBuilder(section.Group("block_builder", "blockbuilder.Config", "Blocks from Kafka."));
  DeclareStorage(section.Group("storage", "storage.Config", "Storage."), config.storage);
  DeclareOverrides(section, config.overrides);
}

}  // namespace

std::unique_ptr<ConfigSection> DeclareConfig(Config& config) {
  auto root = std::make_unique<ConfigSection>("", "app.Config", "");
  DeclareProcess(*root, config);
  DeclareServer(root->Group("server", "server.Config", "Listeners, timeouts and logging."),
                config.server);
  DeclareInternalServer(
      root->Group("internal_server", "server.Config", "Second server with /ready and /metrics."));
  DeclareDistributor(root->Group("distributor", "distributor.Config", "Receiving of spans."),
                     config.distributor);
  DeclareClients(*root);
  DeclareModules(*root, config);
  DeclareMemberlist(root->Group("memberlist", "memberlist.KVConfig", "Gossip."));
  DeclareUsageReport(root->Group("usage_report", "usagestats.Config", "Usage reports."));
  DeclareCache(root->Group("cache", "cache.Config", "Caches."));
  DeclareBackendScheduler(
      root->Group("backend_scheduler", "backendscheduler.Config", "Compaction jobs."));
  DeclareBackendSchedulerClient(*root);
  DeclareBackendWorker(
      root->Group("backend_worker", "backendworker.Config", "Worker for compaction jobs."));
  DeclareLiveStore(root->Group("live_store", "livestore.Config", "Live traces from Kafka."));
  DeclareVivace(root->Group("vivace", "vivace.Config", "Keys that only Vivace has."),
                config.vivace);
  return root;
}

}  // namespace vivace
