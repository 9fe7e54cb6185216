// The keys of `vivace`: what Tempo does not have.
#include "config/keys/keys.h"

namespace vivace {

void DeclareVivace(ConfigSection& section, VivaceConfig& config) {
  section.Key(
      "memory_limit", config.memory_limit,
      "Memory in bytes that the ceilings of docs/limits.md are taken from, at least 16 MiB; 0 "
      "means half of what the machine or its container has.");
  section
      .Key("max_tenants", config.max_tenants,
           "Tenants that may have spans which are not in blocks yet.")
      .Range(1, 1e9);
  section.Key("wal_fsync", config.wal_fsync, "When the write-ahead log is forced to disk.")
      .OneOf({"always", "interval", "never"},
             "vivace.wal_fsync: \"{}\" is none of always, interval, never");
  section.Key("wal_fsync_interval", config.wal_fsync_interval,
              "How often, with wal_fsync interval.");
  section.Key("seed_metric_aliases", config.seed_metric_aliases,
              "Export metrics also under names that common dashboards and alerts use.");
  section.Key("tenant_header", config.tenant_header,
              "HTTP header and gRPC metadata key that names the tenant.");
  section.Key("access_file", config.access_file,
              "File of the identities that may use the server; empty means no access control.");
  section.Key("trusted_proxies", config.trusted_proxies,
              "Addresses and networks (10.0.0.0/8) of proxies whose X-Forwarded-For is believed: "
              "wrong credentials count for the client that it names.");
  section.Key("audit_log", config.audit_log,
              "Audit log: a line for each request that reads data or administers the server; empty "
              "means none.");
  section
      .Key("audit_log_max_bytes", config.audit_log_max_bytes,
           "Size at which that file is renamed and a new one begun.")
      .Range(1, 1e15);
  section.Key("audit_log_max_files", config.audit_log_max_files, "Older files of it that are kept.")
      .Range(1, 1000);
}

}  // namespace vivace
