// The keys of `compactor`, `backend_scheduler` and `backend_worker`.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareUnusedCompaction(ConfigSection& section) {
  DeclareCompaction(section.Group("compaction", "tempodb.CompactorConfig", "Compaction."),
                    section.Own<CompactionConfig>());
}

void DeclareProvider(ConfigSection& section) {
  section.Group("retention", "provider.RetentionConfig", "Retention jobs.")
      .Unused("interval", std::chrono::hours(1), "Time between retention jobs.");
  ConfigSection& compaction =
      section.Group("compaction", "provider.CompactionConfig", "Compaction jobs.");
  compaction.Unused("measure_interval", std::chrono::minutes(1), "Time between measurements.");
  DeclareUnusedCompaction(compaction);
  compaction.Unused("max_jobs_per_tenant", 1000, "Most jobs of a tenant.");
  compaction.Unused("min_input_blocks", 2, "Fewest blocks of a job.");
  compaction.Unused("max_input_blocks", 4, "Most blocks of a job.");
  compaction.Unused("max_compaction_level", 0, "Highest level that is compacted; 0 means any.");
  compaction.Unused("min_cycle_interval", std::chrono::seconds(30),
                    "Shortest time between cycles.");
}

}  // namespace

void DeclareCompaction(ConfigSection& section, CompactionConfig& config) {
  section.Unused("v2_in_buffer_bytes", 5242880u, "Read buffer of v2 blocks.");
  section.Unused("v2_out_buffer_bytes", 20971520u, "Write buffer of v2 blocks.");
  section.Unused("v2_prefetch_traces_count", 1000, "Traces of v2 blocks that are read ahead.");
  section
      .LaterKey("compaction_window", config.compaction_window,
                "Blocks of one window of this length are merged.")
      .Lacks(kNoCompaction);
  section
      .LaterKey("max_compaction_objects", config.max_compaction_objects,
                "Most traces of a merged block.")
      .Lacks(kNoCompaction);
  section.LaterKey("max_block_bytes", config.max_block_bytes, "Largest merged block.")
      .Lacks(kNoCompaction);
  section.LaterKey("block_retention", config.block_retention, "Blocks older than this are deleted.")
      .Lacks(kNoCompaction);
  section
      .LaterKey("compacted_block_retention", config.compacted_block_retention,
                "How long a merged block's sources are kept.")
      .Lacks(kNoCompaction);
  section
      .LaterKey("retention_concurrency", config.retention_concurrency,
                "Blocks that are deleted at once.")
      .Lacks(kNoCompaction);
  section
      .LaterKey("max_time_per_tenant", config.max_time_per_tenant,
                "Time for one tenant before the next one is compacted.")
      .Lacks(kNoCompaction);
  section.LaterKey("compaction_cycle", config.compaction_cycle, "Pause between cycles.")
      .Lacks(kNoCompaction);
}

void DeclareCompactor(ConfigSection& section, CompactionConfig& compaction) {
  section.Unused("disabled", false, "Neither compact nor delete, which is what happens.")
      .OmitZero();
  DeclareServiceRing(section.Group("ring", "compactor.RingConfig", "Ring of compactors."));
  DeclareCompaction(
      section.Group("compaction", "tempodb.CompactorConfig", "Compaction and retention."),
      compaction);
  section.Unused("override_ring_key", "compactor", "Key of the ring in its store.");
}

void DeclareBackendScheduler(ConfigSection& section) {
  ConfigSection& work = section.Group("work", "work.Config", "List of jobs.");
  work.Unused("prune_age", std::chrono::hours(1), "When finished jobs are forgotten.");
  work.Unused("dead_job_timeout", std::chrono::hours(24), "When running jobs count as dead.");
  section.Unused("maintenance_interval", std::chrono::minutes(1), "Time between clean-ups.");
  section.Unused("backend_flush_interval", std::chrono::minutes(1),
                 "Time between saves of the list.");
  DeclareProvider(section.Group("provider", "provider.Config", "Where jobs come from."));
  section.Unused("job_timeout", std::chrono::seconds(15), "How long a worker waits for a job.");
  section.Unused("local_work_path", "/var/tempo", "Directory of the list.");
  section.NoEffect();
}

void DeclareBackendWorker(ConfigSection& section) {
  section.Unused("backend_scheduler_addr", "", "Address of the scheduler.");
  DeclareBackoff(section.Group("backoff", "backoff.Config", "Pauses between attempts."),
                 std::chrono::milliseconds(100), std::chrono::minutes(1), 0);
  DeclareUnusedCompaction(section);
  section.Unused("override_ring_key", "backend-worker", "Key of the ring in its store.");
  DeclareServiceRing(section.Group("ring", "backendworker.RingConfig", "Ring of workers."));
  section.Unused("finish_on_shutdown_timeout", std::chrono::seconds(30),
                 "How long a job may take at shutdown.");
  section.NoEffect();
}

}  // namespace vivace
