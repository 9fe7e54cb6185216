// The keys of `vivace`: what Tempo does not have.
#include "config/keys/keys.h"

namespace vivace {

void DeclareVivace(ConfigBlock& block, VivaceConfig& config) {
  block.Key("memory_limit", config.memory_limit,
            "Ceiling of the process's memory in bytes; 0 means half of the machine.");
  block.Key("wal_fsync", config.wal_fsync, "When the write-ahead log is forced to disk.")
      .OneOf({"always", "interval", "never"},
             "vivace.wal_fsync: \"{}\" is none of always, interval, never");
  block.Key("wal_fsync_interval", config.wal_fsync_interval, "How often, with wal_fsync interval.");
  block.Key("seed_metric_aliases", config.seed_metric_aliases,
            "Export metrics also under names that common dashboards and alerts use.");
  block.Key("tenant_header", config.tenant_header,
            "HTTP header and gRPC metadata key that names the tenant.");
  block.Key("access_file", config.access_file,
            "File of the identities that may use the server; empty means no access control.");
  block.Key("audit_log", config.audit_log,
            "Audit log: a line for each request that reads data or administers the server; empty "
            "means none.");
  block
      .Key("audit_log_max_bytes", config.audit_log_max_bytes,
           "Size at which that file is renamed and a new one begun.")
      .Range(1, 1e15);
  block.Key("audit_log_max_files", config.audit_log_max_files, "Older files of it that are kept.")
      .Range(1, 1000);
}

}  // namespace vivace
