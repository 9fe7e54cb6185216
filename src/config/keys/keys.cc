// The top level of the configuration file, in the order in which /status/config prints it.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareUsageReport(ConfigBlock& block) {
  block.Unused("reporting_enabled", true,
               "Tempo sends usage statistics to Grafana Labs; Vivace never does.");
  DeclareBackoff(block.Group("backoff", "backoff.Config", "Pauses between attempts."),
                 std::chrono::milliseconds(100), std::chrono::seconds(10), 0);
}

void DeclareProcess(ConfigBlock& block, Config& config) {
  block.Key("target", config.target, "Module to run.");
  block.Key("auth_enabled", config.auth_enabled, "Old name of multitenancy_enabled.").OmitZero();
  block
      .Key("multitenancy_enabled", config.multitenancy_enabled,
           "Every request must name its tenant.")
      .OmitZero();
  block
      .Key("shutdown_delay", config.shutdown_delay,
           "How long /ready returns 503 before the process stops.")
      .OmitZero();
  block
      .Key("stream_over_http_enabled", config.stream_over_http_enabled,
           "Serve streamed queries on the HTTP port too.")
      .OmitZero();
  block.Key("http_api_prefix", config.http_api_prefix, "Prefix of the API's paths.");
  block.Unused("enable_go_runtime_metrics", false, "More metrics of the Go runtime.").OmitZero();
  block.Unused("partition_ring_live_store", false, "Use the live stores' partition ring.")
      .OmitZero();
}

void DeclareClients(ConfigBlock& block) {
  DeclareClient(block.Group("ingester_client", "ingester_client.Config", "Client of ingesters."));
  DeclareClient(block.Group("metrics_generator_client", "generator_client.Config",
                            "Client of metrics generators."));
  DeclareClient(
      block.Group("live_store_client", "livestore_client.Config", "Client of live stores."));
}

void DeclareModules(ConfigBlock& block, Config& config) {
  DeclareQuerier(block.Group("querier", "querier.Config", "Reading of traces."), config.querier);
  DeclareQueryFrontend(
      block.Group("query_frontend", "frontend.Config", "Queries and their limits."),
      config.query_frontend);
  DeclareCompactor(block.Group("compactor", "compactor.Config", "Compaction and retention."),
                   config.compactor);
  DeclareIngester(
      block.Group("ingester", "ingester.Config", "Live traces and the cutting of blocks."),
      config.ingester);
  DeclareGenerator(block.Group("metrics_generator", "generator.Config", "Metrics from traces."));
  DeclareIngest(block.Group("ingest", "ingest.Config", "Kafka."), config.ingest_enabled);
  DeclareBlockBuilder(block.Group("block_builder", "blockbuilder.Config", "Blocks from Kafka."));
  DeclareStorage(block.Group("storage", "storage.Config", "Storage."), config.storage);
  DeclareOverrides(block, config.overrides);
}

}  // namespace

std::unique_ptr<ConfigBlock> DeclareConfig(Config& config) {
  auto root = std::make_unique<ConfigBlock>("", "app.Config", "");
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
  DeclareGrpcClient(root->Group("backend_scheduler_client", "backendscheduler_client.Config",
                                "Client of the scheduler.")
                        .Group("grpc_client_config", "grpcclient.Config", "gRPC client."),
                    {});
  DeclareBackendWorker(
      root->Group("backend_worker", "backendworker.Config", "Worker for compaction jobs."));
  DeclareLiveStore(root->Group("live_store", "livestore.Config", "Live traces from Kafka."));
  DeclareVivace(root->Group("vivace", "vivace.Config", "Keys that only Vivace has."),
                config.vivace);
  return root;
}

}  // namespace vivace
