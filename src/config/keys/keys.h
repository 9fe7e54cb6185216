// Which function declares which section; each lives in the file <section>_keys.cc, but for those of
// Tempo that Vivace does not have and that are small (ingest, block_builder and live_store in
// ingest_keys.cc, backend_scheduler and backend_worker in compactor_keys.cc). The top level is in
// keys.cc, what several sections share in shared_keys.cc, limits in limits_keys.cc.
//
// A Declare function adds its keys to `block`, bound to the fields of the struct that it is given.
// Called at start, one thread.
#pragma once

#include <memory>
#include <string>

#include "config/schema/schema.h"
#include "config/sections/config.h"

namespace vivace {

// Every key there is, bound to `config`, which must outlive it.
std::unique_ptr<ConfigBlock> DeclareConfig(Config& config);

void DeclareVivace(ConfigBlock& block, VivaceConfig& config);
void DeclareServer(ConfigBlock& block, ServerConfig& config);
void DeclareInternalServer(ConfigBlock& block);
void DeclareDistributor(ConfigBlock& block, DistributorConfig& config);
void DeclareQuerier(ConfigBlock& block, QuerierConfig& config);
void DeclareQueryFrontend(ConfigBlock& block, QueryFrontendConfig& config);
void DeclareCompactor(ConfigBlock& block, CompactorConfig& config);
void DeclareIngester(ConfigBlock& block, IngesterConfig& config);
void DeclareGenerator(ConfigBlock& block);
// One entry of metrics_generator.storage.remote_write.
void DeclareRemoteWrite(ConfigBlock& block, NoFields&);
void DeclareIngest(ConfigBlock& block, bool& enabled);
void DeclareBlockBuilder(ConfigBlock& block);
void DeclareLiveStore(ConfigBlock& block);
void DeclareStorage(ConfigBlock& block, StorageConfig& config);
void DeclareOverrides(ConfigBlock& parent, OverridesConfig& config);
void DeclareMemberlist(ConfigBlock& block);
void DeclareCache(ConfigBlock& block);
void DeclareBackendScheduler(ConfigBlock& block);
void DeclareBackendWorker(ConfigBlock& block);

// Limits in the nested form; FlattenLimits turns the declaration into the old one-level form
// (metrics_generator_processors).
void DeclareLimits(ConfigBlock& block, Limits& limits);
std::unique_ptr<ConfigBlock> FlattenLimits(Limits& limits);
// Whether a map of limits is in that old form.
bool IsFlatLimits(const YamlNode& node);
// A tenant's tail sampling, a part of its limits.
void DeclareTailSampling(ConfigBlock& block, TailSamplingConfig& config);

// Groups that several blocks share.
void DeclareKvStore(ConfigBlock& block, const char* store);
void DeclareClientTls(ConfigBlock& block, ClientTlsConfig& config);
void DeclareUnusedClientTls(ConfigBlock& block);
// The instance_* keys in the order in which most rings print them.
void DeclareRingInstance(ConfigBlock& block);
void DeclareServiceRing(ConfigBlock& block);    // compactor, backend_worker
void DeclareGeneratorRing(ConfigBlock& block);  // metrics_generator, live_store
void DeclarePartitionRing(ConfigBlock& block);  // ingester, live_store
void DeclareClient(ConfigBlock& block);         // ingester_client and its siblings
void DeclareBackoff(ConfigBlock& block, Duration min_period, Duration max_period, int max_retries);
void DeclareKafka(ConfigBlock& block, bool zero);

struct GrpcClientDefaults {
  int64_t max_send_msg_size = 104857600;
  Duration backoff_max_period = std::chrono::seconds(10);
  int max_retries = 10;
  uint64_t window_bytes = 65535;
  Duration connect_timeout = std::chrono::seconds(5);
  Duration connect_backoff_base_delay = std::chrono::seconds(1);
  Duration connect_backoff_max_delay = std::chrono::seconds(5);
};
void DeclareGrpcClient(ConfigBlock& block, const GrpcClientDefaults& defaults);

void DeclareCompaction(ConfigBlock& block, CompactionConfig& config);
void DeclareBlockConfig(ConfigBlock& block, BlockConfig& config);
void DeclareDedicatedColumn(ConfigBlock& block, DedicatedColumnConfig& column);
void DeclareWal(ConfigBlock& block, WalConfig& config, const char* encoding, const char* version);
void DeclareBlockSearch(ConfigBlock& block);
// What the sections of all object stores say about hedged reads.
inline constexpr const char* kHedgeAt =
    "Send a second request when a read takes longer than this; 0 means never.";
inline constexpr const char* kHedgeUpTo = "Most requests of one read.";
void DeclareS3(ConfigBlock& block, S3Config& config);
void DeclareGcs(ConfigBlock& block, GcsConfig& config);
void DeclareAzure(ConfigBlock& block, AzureConfig& config);
void DeclareMemcached(ConfigBlock& block);
void DeclareRedis(ConfigBlock& block);

// This machine's name: the default of every instance id.
std::string HostName();

}  // namespace vivace
