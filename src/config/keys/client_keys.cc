// The keys of `ingester_client`, `metrics_generator_client`, `live_store_client` and
// `backend_scheduler_client`: clients of Tempo's processes.
#include "config/keys/keys.h"

namespace vivace {

namespace {

void DeclareClient(ConfigSection& section) {
  ConfigSection& pool = section.Group("pool_config", "client.PoolConfig", "Pool of connections.");
  pool.Unused("checkinterval", std::chrono::seconds(15), "Time between health checks.");
  pool.Unused("healthcheckenabled", true, "Check the health of servers.");
  pool.Unused("healthchecktimeout", std::chrono::seconds(1), "Timeout of a check.");
  pool.Unused("healthcheckgraceperiod", Duration{}, "How long a server may fail checks.");
  pool.Unused("maxconcurrenthealthchecks", 0, "Checks at once; 0 means no limit.");
  section.Unused("remote_timeout", std::chrono::seconds(5), "Deadline of a call.");
  DeclareGrpcClient(section.Group("grpc_client_config", "grpcclient.Config", "gRPC client."), {});
}

}  // namespace

void DeclareClients(ConfigSection& section) {
  DeclareClient(section.Group("ingester_client", "ingester_client.Config", "Client of ingesters."));
  DeclareClient(section.Group("metrics_generator_client", "generator_client.Config",
                              "Client of metrics generators."));
  DeclareClient(
      section.Group("live_store_client", "livestore_client.Config", "Client of live stores."));
}

void DeclareBackendSchedulerClient(ConfigSection& section) {
  DeclareGrpcClient(section
                        .Group("backend_scheduler_client", "backendscheduler_client.Config",
                               "Client of the scheduler.")
                        .Group("grpc_client_config", "grpcclient.Config", "gRPC client."),
                    {});
}

}  // namespace vivace
