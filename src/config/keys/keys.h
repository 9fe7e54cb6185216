// Which function declares which section; each lives in the file <section>_keys.cc, but for
// backend_scheduler and backend_worker (compactor_keys.cc) and the clients (client_keys.cc). The
// top level is in keys.cc, what several sections share in shared_keys.cc, limits in limits_keys.cc.
//
// A Declare function adds its keys to `section`, bound to the fields of the struct that it is
// given. Called at start, one thread.
#pragma once

#include <memory>
#include <string>

#include "config/schema/schema.h"
#include "config/sections/config.h"

namespace vivace {

// Every key there is, bound to `config`, which must outlive it.
std::unique_ptr<ConfigSection> DeclareConfig(Config& config);

void DeclareVivace(ConfigSection& section, VivaceConfig& config);
void DeclareServer(ConfigSection& section, ServerConfig& config);
void DeclareInternalServer(ConfigSection& section);
void DeclareDistributor(ConfigSection& section, DistributorConfig& config);
void DeclareQuerier(ConfigSection& section, QuerierConfig& config);
void DeclareQueryFrontend(ConfigSection& section, QueryFrontendConfig& config);
void DeclareCompactor(ConfigSection& section, CompactionConfig& compaction);
void DeclareIngester(ConfigSection& section, IngesterConfig& config);
void DeclareGenerator(ConfigSection& section);
// One entry of metrics_generator.storage.remote_write.
void DeclareRemoteWrite(ConfigSection& section, NoFields&);
void DeclareIngest(ConfigSection& section, bool& enabled);
void DeclareBlockBuilder(ConfigSection& section);
void DeclareLiveStore(ConfigSection& section);
void DeclareStorage(ConfigSection& section, StorageConfig& config);
void DeclareOverrides(ConfigSection& parent, OverridesConfig& config);
void DeclareMemberlist(ConfigSection& section);
void DeclareCache(ConfigSection& section);
void DeclareBackendScheduler(ConfigSection& section);
void DeclareBackendWorker(ConfigSection& section);
// The three clients that stand before the modules, each a group of `parent`.
void DeclareClients(ConfigSection& parent);
void DeclareBackendSchedulerClient(ConfigSection& parent);
void DeclareUsageReport(ConfigSection& section);

// Limits in the nested form; FlattenLimits turns the declaration into the old one-level form
// (metrics_generator_processors).
void DeclareLimits(ConfigSection& section, Limits& limits);
std::unique_ptr<ConfigSection> FlattenLimits(Limits& limits);
// Whether a map of limits is in that old form.
bool IsFlatLimits(const YamlNode& node);
// A tenant's tail sampling, a part of its limits.
void DeclareTailSampling(ConfigSection& section, TailSamplingConfig& config);

// Groups that several sections share.
void DeclareKvStore(ConfigSection& section, const char* store);
void DeclareClientTls(ConfigSection& section, ClientTlsConfig& config);
void DeclareUnusedClientTls(ConfigSection& section);
// The instance_* keys in the order in which most rings print them.
void DeclareRingInstance(ConfigSection& section);
void DeclareServiceRing(ConfigSection& section);    // compactor, backend_worker
void DeclareGeneratorRing(ConfigSection& section);  // metrics_generator, live_store
void DeclarePartitionRing(ConfigSection& section);  // ingester, live_store
void DeclareBackoff(ConfigSection& section, Duration min_period, Duration max_period,
                    int max_retries);
void DeclareKafka(ConfigSection& section, bool zero);

struct GrpcClientDefaults {
  int64_t max_send_msg_size = 104857600;
  Duration backoff_max_period = std::chrono::seconds(10);
  int max_retries = 10;
  uint64_t window_bytes = 65535;
  Duration connect_timeout = std::chrono::seconds(5);
  Duration connect_backoff_base_delay = std::chrono::seconds(1);
  Duration connect_backoff_max_delay = std::chrono::seconds(5);
};
void DeclareGrpcClient(ConfigSection& section, const GrpcClientDefaults& defaults);

// What warnings say about keys of compaction.
inline constexpr const char* kNoCompaction = "blocks are neither merged nor deleted";
void DeclareCompaction(ConfigSection& section, CompactionConfig& config);
void DeclareBlockConfig(ConfigSection& section, BlockConfig& config);
void DeclareDedicatedColumn(ConfigSection& section, DedicatedColumnConfig& column);
void DeclareWal(ConfigSection& section, WalConfig& config, const char* encoding,
                const char* version);
void DeclareBlockSearch(ConfigSection& section);
// What warnings say about object stores.
inline constexpr const char* kOnlyLocal = "data is on the local disk only";
// What the sections of all object stores say about hedged reads.
inline constexpr const char* kHedgeAt =
    "Send a second request when a read takes longer than this; 0 means never.";
inline constexpr const char* kHedgeUpTo = "Most requests of one read.";
void DeclareS3(ConfigSection& section, S3Config& config);
void DeclareGcs(ConfigSection& section, GcsConfig& config);
void DeclareAzure(ConfigSection& section, AzureConfig& config);
void DeclareMemcached(ConfigSection& section);
void DeclareRedis(ConfigSection& section);

// This machine's name: the default of every instance id.
std::string HostName();

}  // namespace vivace
