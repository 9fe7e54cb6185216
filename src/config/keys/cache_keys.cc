// The keys of `cache` and of the clients of memcached and redis.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareCacheEntry(ConfigSection& section, NoFields&) {
  section.Unused("roles", std::vector<std::string>{}, "What is kept there.");
  DeclareMemcached(section.OptionalGroup("memcached", "cache.MemcachedClientConfig", "memcached."));
  DeclareRedis(section.OptionalGroup("redis", "cache.RedisConfig", "redis."));
}

}  // namespace

void DeclareMemcached(ConfigSection& section) {
  section.Unused("host", "", "Host name.");
  section.Unused("service", "", "Name of the SRV record.");
  section.Unused("addresses", "", "Servers, separated by commas.");
  section.Unused("timeout", Duration{}, "Timeout; 0 means 100ms.");
  section.Unused("max_idle_conns", 0, "Idle connections; 0 means 16.");
  section.Unused("max_item_size", 0, "Largest entry; 0 means no limit.");
  section.Unused("update_interval", Duration{},
                 "Time between lookups of servers; 0 means a minute.");
  section.Unused("consistent_hash", false, "Spread keys so that few move when servers change.");
  section.Unused("circuit_breaker_consecutive_failures", 0u,
                 "Consecutive failures after which the circuit breaker opens; 0 means never.");
  section.Unused("circuit_breaker_timeout", Duration{}, "How long it stays open.");
  section.Unused("circuit_breaker_interval", Duration{},
                 "After this time the failure count is reset.");
  section.Unused("ttl", Duration{}, "How long entries are kept; 0 means forever.");
  section.Unused("tls_enabled", false, "Use TLS.");
  DeclareUnusedClientTls(section);
}

void DeclareRedis(ConfigSection& section) {
  section.Unused("endpoint", "", "Servers, separated by commas.");
  section.Unused("master_name", "", "Name of the master for Sentinel.");
  section.Unused("timeout", Duration{}, "Timeout; 0 means 100ms.");
  section.Unused("expiration", Duration{}, "How long entries are kept; 0 means ttl.");
  section.Unused("db", 0, "Number of the database.");
  section.Unused("pool_size", 0, "Connections.");
  section.Unused("username", "", "User name.");
  section.Unused("password", Secret{}, "Password.");
  section.Unused("sentinel_username", "", "User name for Sentinel.");
  section.Unused("sentinel_password", Secret{}, "Password for Sentinel.");
  section.Unused("tls_enabled", false, "Use TLS.");
  section.Unused("tls_insecure_skip_verify", false, "Do not verify the server's certificate.");
  section.Unused("idle_timeout", Duration{}, "Close a connection that is idle this long.");
  section.Unused("max_connection_age", Duration{}, "Close a connection that is this old.");
  section.Unused("ttl", Duration{}, "How long entries are kept; 0 means forever.");
}

void DeclareCache(ConfigSection& section) {
  ConfigSection& background =
      section.Group("background", "cache.BackgroundConfig", "Writes to the caches.");
  background.Unused("writeback_goroutines", 10, "Writers.");
  background.Unused("writeback_buffer", 10000, "Writes that wait.");
  section.Groups("caches", "cache.CacheConfig", section.Own<std::vector<NoFields>>(), "Caches.",
                 DeclareCacheEntry);
}

}  // namespace vivace
