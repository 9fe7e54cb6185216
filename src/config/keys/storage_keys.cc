// The keys of `storage`.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareBlocklist(ConfigSection& section, StorageConfig& config) {
  section.Key("blocklist_poll", config.blocklist_poll, "Time between polls of the blocklist.");
  section.Key("blocklist_poll_concurrency", config.blocklist_poll_concurrency,
              "Block metas that are read at once.");
  section.Key("blocklist_poll_tenant_concurrency", config.blocklist_poll_tenant_concurrency,
              "Tenants that are read at once; 0 means one.");
  section.Key("blocklist_poll_fallback", config.blocklist_poll_fallback,
              "List the blocks when a tenant has no index.");
  section.Key("blocklist_poll_tenant_index_builders", config.blocklist_poll_tenant_index_builders,
              "Compactors that write a tenant's index.");
  section.Key("blocklist_poll_stale_tenant_index", config.blocklist_poll_stale_tenant_index,
              "An older index is an error; 0 means none is.");
  section.Key("blocklist_poll_jitter_ms", config.blocklist_poll_jitter_ms,
              "Random delay before a tenant is read.");
  section.Key("blocklist_poll_tolerate_consecutive_errors",
              config.blocklist_poll_tolerate_consecutive_errors,
              "Failures in a row that are tolerated.");
  section.Key("blocklist_poll_tolerate_tenant_failures",
              config.blocklist_poll_tolerate_tenant_failures,
              "Failing tenants that are tolerated.");
  section.Key("empty_tenant_deletion_enabled", config.empty_tenant_deletion_enabled,
              "Delete what is left of empty tenants.");
  section.Key("empty_tenant_deletion_age", config.empty_tenant_deletion_age,
              "How old it must be; 0 means 12 hours.");
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
  pool.Key("max_workers", config.pool.max_workers, "Jobs at once.");
  pool.Key("queue_depth", config.pool.queue_depth, "Jobs that wait.");
  DeclareWal(trace.Group("wal", "wal.Config", "Write-ahead log."), config.wal, "snappy", "");
  DeclareBlockConfig(trace.Group("block", "common.BlockConfig", "Blocks."), config.block);
  DeclareBlockSearch(trace.Group("search", "tempodb.SearchConfig", "Reading of blocks."));
  DeclareBlocklist(trace, config);
  trace.Key("backend", config.backend, "Where blocks are: local, s3, gcs or azure.");
  trace.Group("local", "local.Config", "Local disk.")
      .Key("path", config.local.path, "Directory of the blocks.");
  DeclareGcs(trace.Group("gcs", "gcs.Config", "Google Cloud Storage."), config.gcs);
  DeclareS3(trace.Group("s3", "s3.Config", "S3."), config.s3);
  DeclareAzure(trace.Group("azure", "azure.Config", "Azure Blob Storage."), config.azure);
  DeclareCacheLeftovers(trace);
}

}  // namespace vivace
