// The keys of `storage`.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareBlocklist(ConfigSection& section, StorageConfig& config) {
  section.Key("blocklist_poll", config.blocklist_poll, "Time between polls of the blocklist.");
  section.UnusedKey("blocklist_poll_concurrency", config.blocklist_poll_concurrency,
                    "Block metas that are read at once.");
  section.Unused("blocklist_poll_tenant_concurrency", 0u,
                 "Tenants that are read at once; 0 means one.");
  section.Unused("blocklist_poll_fallback", true, "List the blocks when a tenant has no index.");
  section.Unused("blocklist_poll_tenant_index_builders", 2,
                 "Compactors that write a tenant's index.");
  section.Unused("blocklist_poll_stale_tenant_index", Duration{},
                 "An older index is an error; 0 means none is.");
  section.Unused("blocklist_poll_jitter_ms", 0, "Random delay before a tenant is read.");
  section.Unused("blocklist_poll_tolerate_consecutive_errors", 1,
                 "Failures in a row that are tolerated.");
  section.Unused("blocklist_poll_tolerate_tenant_failures", 1,
                 "Failing tenants that are tolerated.");
  section.Later("empty_tenant_deletion_enabled", false, "Delete what is left of empty tenants.")
      .Lacks("nothing is deleted");
  section.Later("empty_tenant_deletion_age", Duration{}, "How old it must be; 0 means 12 hours.");
}

void DeclareCacheLeftovers(ConfigSection& section) {
  section.Unused("cache", "", "Deprecated: memcached or redis.");
  ConfigSection& background = section.Group("background_cache", "cache.BackgroundConfig",
                                            "Deprecated: writes to the cache.");
  background.Unused("writeback_goroutines", 10, "Writers.");
  background.Unused("writeback_buffer", 10000, "Writes that wait.");
  DeclareMemcached(
      section.OptionalGroup("memcached", "cache.MemcachedClientConfig", "Deprecated: memcached."));
  DeclareRedis(section.OptionalGroup("redis", "cache.RedisConfig", "Deprecated: redis."));
  section.Unused("cache_min_compaction_level", 0u, "Cache bloom filters from this level on.");
  section.Unused("cache_max_block_age", Duration{}, "Cache bloom filters of younger blocks only.");
}

}  // namespace

void DeclareStorage(ConfigSection& section, StorageConfig& config) {
  ConfigSection& trace = section.Group("trace", "tempodb.Config", "Storage of traces.");
  ConfigSection& pool = trace.Group("pool", "pool.Config", "Threads that read blocks.");
  pool.Unused("max_workers", 400, "Jobs at once; one per processor here.");
  pool.Unused("queue_depth", 20000, "Jobs that wait; see docs/limits.md.");
  DeclareWal(trace.Group("wal", "wal.Config", "Write-ahead log."), config.wal, "snappy", "");
  DeclareBlockConfig(trace.Group("block", "common.BlockConfig", "Blocks."), config.block);
  DeclareBlockSearch(trace.Group("search", "tempodb.SearchConfig", "Reading of blocks."));
  DeclareBlocklist(trace, config);
  trace.Key("backend", config.backend, "Where blocks are: local, s3, gcs or azure.");
  trace.Group("local", "local.Config", "Local disk.")
      .Key("path", config.local.path, "Directory of the blocks.");
  DeclareGcs(trace.Group("gcs", "gcs.Config", "Google Cloud Storage.").NotYet(kOnlyLocal),
             config.gcs);
  DeclareS3(trace.Group("s3", "s3.Config", "S3.").NotYet(kOnlyLocal), config.s3);
  DeclareAzure(trace.Group("azure", "azure.Config", "Azure Blob Storage.").NotYet(kOnlyLocal),
               config.azure);
  DeclareCacheLeftovers(trace);
}

}  // namespace vivace
