// The keys of `cache` and of the clients of memcached and redis.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareCacheEntry(ConfigBlock& block, NoFields&) {
  block.Unused("roles", std::vector<std::string>{}, "What is kept there.");
  DeclareMemcached(block.OptionalGroup("memcached", "cache.MemcachedClientConfig", "memcached."));
  DeclareRedis(block.OptionalGroup("redis", "cache.RedisConfig", "redis."));
}

}  // namespace

void DeclareMemcached(ConfigBlock& block) {
  block.Unused("host", "", "Host name.");
  block.Unused("service", "", "Name of the SRV record.");
  block.Unused("addresses", "", "Servers, separated by commas.");
  block.Unused("timeout", Duration{}, "Timeout; 0 means 100ms.");
  block.Unused("max_idle_conns", 0, "Idle connections; 0 means 16.");
  block.Unused("max_item_size", 0, "Largest entry; 0 means no limit.");
  block.Unused("update_interval", Duration{}, "Time between lookups of servers; 0 means a minute.");
  block.Unused("consistent_hash", false, "Spread keys so that few move when servers change.");
  block.Unused("circuit_breaker_consecutive_failures", 0u,
               "Consecutive failures after which the circuit breaker opens; 0 means never.");
  block.Unused("circuit_breaker_timeout", Duration{}, "How long it stays open.");
  block.Unused("circuit_breaker_interval", Duration{},
               "After this time the failure count is reset.");
  block.Unused("ttl", Duration{}, "How long entries are kept; 0 means forever.");
  block.Unused("tls_enabled", false, "Use TLS.");
  DeclareUnusedClientTls(block);
}

void DeclareRedis(ConfigBlock& block) {
  block.Unused("endpoint", "", "Servers, separated by commas.");
  block.Unused("master_name", "", "Name of the master for Sentinel.");
  block.Unused("timeout", Duration{}, "Timeout; 0 means 100ms.");
  block.Unused("expiration", Duration{}, "How long entries are kept; 0 means ttl.");
  block.Unused("db", 0, "Number of the database.");
  block.Unused("pool_size", 0, "Connections.");
  block.Unused("username", "", "User name.");
  block.Unused("password", Secret{}, "Password.");
  block.Unused("sentinel_username", "", "User name for Sentinel.");
  block.Unused("sentinel_password", Secret{}, "Password for Sentinel.");
  block.Unused("tls_enabled", false, "Use TLS.");
  block.Unused("tls_insecure_skip_verify", false, "Do not verify the server's certificate.");
  block.Unused("idle_timeout", Duration{}, "Close a connection that is idle this long.");
  block.Unused("max_connection_age", Duration{}, "Close a connection that is this old.");
  block.Unused("ttl", Duration{}, "How long entries are kept; 0 means forever.");
}

void DeclareCache(ConfigBlock& block) {
  ConfigBlock& background =
      block.Group("background", "cache.BackgroundConfig", "Writes to the caches.");
  background.Unused("writeback_goroutines", 10, "Writers.");
  background.Unused("writeback_buffer", 10000, "Writes that wait.");
  block.Groups("caches", "cache.CacheConfig", block.Own<std::vector<NoFields>>(), "Caches.",
               DeclareCacheEntry);
}

}  // namespace vivace
