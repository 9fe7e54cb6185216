// The configuration as the rest of Vivace sees it: plain nested structs whose initialisers are the
// defaults.
//
// Holds the keys that Vivace acts on, and those that are checked or shown although it does not;
// Tempo's other keys exist in the declaration (keys.h) only.
// Config{} is valid in tests. Built once by LoadConfig and then read by every thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/sections/compactor_config.h"
#include "config/sections/distributor_config.h"
#include "config/sections/ingester_config.h"
#include "config/sections/limits.h"
#include "config/sections/query_config.h"
#include "config/sections/server_config.h"
#include "config/sections/storage_config.h"

namespace vivace {

// Keys that only Vivace has.
struct VivaceConfig {
  uint64_t memory_limit = 0;  // bytes; 0: half of the machine
  uint64_t max_tenants = 10'000;
  std::string wal_fsync = "always";
  Duration wal_fsync_interval = std::chrono::milliseconds(100);
  bool seed_metric_aliases = true;
  std::string tenant_header = "X-Scope-OrgID";
  std::string access_file;                   // empty: no access control
  std::vector<std::string> trusted_proxies;  // addresses and networks
  std::string audit_log;                     // empty: none
  uint64_t audit_log_max_bytes = 100 << 20;
  int64_t audit_log_max_files = 5;
};

struct Config {
  std::string target = "all";
  std::string http_api_prefix;
  bool auth_enabled = false;  // old name of the next; LoadConfig sets both
  bool multitenancy_enabled = false;
  Duration shutdown_delay{};
  ServerConfig server;
  DistributorConfig distributor;
  QuerierConfig querier;
  QueryFrontendConfig query_frontend;
  CompactionConfig compaction;
  IngesterConfig ingester;
  bool ingest_enabled = false;  // Kafka
  StorageConfig storage;
  OverridesConfig overrides;
  VivaceConfig vivace;
};

// Whether this build can run the configuration. Impossible values and unknown backends and targets
// are INVALID_ARGUMENT; what Tempo knows and Vivace does not have (backends s3, gcs, azure; targets
// other than all; Kafka) is UNIMPLEMENTED. Messages name key and value. A part of CheckStart
// (app/start_checks.h), which checks the rest.
Status CheckSupported(const Config& config);

}  // namespace vivace
