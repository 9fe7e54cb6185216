// The keys of `live_store`: live traces from Kafka, which Vivace does not read.
#include "config/keys/keys.h"

namespace vivace {

void DeclareLiveStore(ConfigSection& section) {
  DeclareGeneratorRing(section.Group("ring", "livestore.RingConfig", "Ring of live stores."));
  DeclarePartitionRing(
      section.Group("partition_ring", "livestore.PartitionRingConfig", "Ring of partitions."));
  section.Group("metrics", "livestore.MetricsConfig", "Metrics queries.")
      .Unused("time_overlap_cutoff", 0.2,
              "Overlap below which times of single traces are not read.");
  section.Unused("commit_interval", std::chrono::seconds(5), "Time between commits of offsets.");
  DeclareWal(section.Group("wal", "wal.Config", "Write-ahead log."),
             section.Own(WalConfig{.path = "/var/tempo/live-store/traces"}), "none", "vParquet4");
  section.Unused("query_block_concurrency", 10u, "Blocks that a query reads at once.");
  section.Unused("complete_block_timeout", std::chrono::hours(1), "How long blocks are kept.");
  section.Unused("complete_block_concurrency", 2, "Blocks that are written at once.");
  section.Unused("shutdown_marker_dir", "/var/tempo/live-store/shutdown-marker",
                 "Directory of the shutdown marker.");
  section.Unused("flush_check_period", std::chrono::seconds(10), "Time between sweeps.");
  section.Unused("flush_op_timeout", std::chrono::minutes(5), "Timeout of a flush.");
  section.Unused("max_trace_live", std::chrono::seconds(30), "Cut a trace that is this old.");
  section.Unused("max_trace_idle", std::chrono::seconds(5), "Cut a trace that is idle this long.");
  section.Unused("max_live_traces_bytes", 250000000u, "Bytes of live traces.");
  section.Unused("max_block_duration", std::chrono::minutes(30), "Age at which a block is cut.");
  section.Unused("max_block_bytes", 104857600u, "Size at which a block is cut.");
  DeclareBlockConfig(section.Group("block_config", "common.BlockConfig", "Blocks."),
                     section.Own(BlockConfig{.version = ""}));
  section.NoEffect();
}

}  // namespace vivace
