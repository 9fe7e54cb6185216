// Which function declares which block; each lives in the file <block>_keys.cc (what several blocks share in shared_keys.cc).
//
// A Declare function adds its keys to `block`, bound to the fields of the struct that it is given. Called at start, one thread.
#pragma once

#include <memory>
#include <string>

#include "config/schema/schema.h"
#include "config/sections/config.h"

namespace vivace {

// Every key there is, bound to `config`, which must outlive it.
std::unique_ptr<Block> DeclareConfig(Config& config);

void DeclareServer(Block& block, ServerConfig& config);
void DeclareInternalServer(Block& block);
void DeclareDistributor(Block& block, DistributorConfig& config);
void DeclareQuerier(Block& block, QuerierConfig& config);
void DeclareQueryFrontend(Block& block, QueryFrontendConfig& config);
void DeclareCompactor(Block& block, CompactorConfig& config);
void DeclareIngester(Block& block, IngesterConfig& config);
void DeclareGenerator(Block& block);
// One entry of metrics_generator.storage.remote_write.
void DeclareRemoteWrite(Block& block, NoFields&);
void DeclareIngest(Block& block, bool& enabled);
void DeclareBlockBuilder(Block& block);
void DeclareLiveStore(Block& block);
void DeclareStorage(Block& block, StorageConfig& config);
void DeclareOverrides(Block& parent, OverridesConfig& config);
void DeclareMemberlist(Block& block);
void DeclareCache(Block& block);
void DeclareBackendScheduler(Block& block);
void DeclareBackendWorker(Block& block);

// Limits in the nested form; FlattenLimits turns the declaration into the old one-level form (metrics_generator_processors).
void DeclareLimits(Block& block, Limits& limits);
std::unique_ptr<Block> FlattenLimits(Limits& limits);
// Whether a map of limits is in that old form.
bool IsFlatLimits(const YamlNode& node);
// A tenant's tail sampling, a part of its limits.
void DeclareTailSampling(Block& block, TailSamplingConfig& config);

// Groups that several blocks share.
void DeclareKvStore(Block& block, const char* store);
void DeclareClientTls(Block& block, ClientTlsConfig& config);
void DeclareUnusedClientTls(Block& block);
// The instance_* keys in the order in which most rings print them.
void DeclareRingInstance(Block& block);
void DeclareServiceRing(Block& block);    // compactor, backend_worker
void DeclareGeneratorRing(Block& block);  // metrics_generator, live_store
void DeclarePartitionRing(Block& block);  // ingester, live_store
void DeclareClient(Block& block);         // ingester_client and its siblings
void DeclareBackoff(Block& block, Duration min_period, Duration max_period, int max_retries);
void DeclareKafka(Block& block, bool zero);

struct GrpcClientDefaults {
  int64_t max_send_msg_size = 104857600;
  Duration backoff_max_period = std::chrono::seconds(10);
  int max_retries = 10;
  uint64_t window_bytes = 65535;
  Duration connect_timeout = std::chrono::seconds(5);
  Duration connect_backoff_base_delay = std::chrono::seconds(1);
  Duration connect_backoff_max_delay = std::chrono::seconds(5);
};
void DeclareGrpcClient(Block& block, const GrpcClientDefaults& defaults);

void DeclareCompaction(Block& block, CompactionConfig& config);
void DeclareBlockConfig(Block& block, BlockConfig& config);
void DeclareDedicatedColumn(Block& block, DedicatedColumnConfig& column);
void DeclareWal(Block& block, WalConfig& config, const char* encoding, const char* version);
void DeclareBlockSearch(Block& block);
void DeclareS3(Block& block, S3Config& config);
void DeclareGcs(Block& block, GcsConfig& config);
void DeclareAzure(Block& block, AzureConfig& config);
void DeclareMemcached(Block& block);
void DeclareRedis(Block& block);

// This machine's name: the default of every instance id.
std::string HostName();

}  // namespace vivace
