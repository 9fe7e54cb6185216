// The keys of `ingest`, `block_builder` and `live_store`: Tempo's way through Kafka, which Vivace
// does not have.
#include "config/keys/keys.h"

namespace vivace {
namespace {

// The block configuration with another version and a size of its own.
void DeclareUnusedBlock(ConfigBlock& block, const char* version) {
  DeclareBlockConfig(block, block.Own(BlockConfig{.version = version}));
}

}  // namespace

void DeclareKafka(ConfigBlock& block, bool zero) {
  block.Unused("address", "localhost:9092", "Address of Kafka.");
  block.Unused("topic", "", "Topic.");
  block.Unused("client_id", "", "Client id.");
  block.Unused("dial_timeout", std::chrono::seconds(2), "Timeout of a connection.");
  block.Unused("write_timeout", std::chrono::seconds(10), "Timeout of a write.");
  block.Unused("sasl_username", "", "SASL user name.");
  block.Unused("sasl_password", Secret{}, "SASL password.");
  block.Unused("consumer_group", "", "Consumer group.");
  block.Unused("consumer_group_offset_commit_interval", std::chrono::seconds(1),
               "Time between commits of offsets.");
  block.Unused("last_produced_offset_retry_timeout", std::chrono::seconds(10),
               "How long to ask for the last offset.");
  block.Unused("auto_create_topic_enabled", true, "Create the topic.");
  block.Unused("auto_create_topic_default_partitions", 1000, "Partitions of a topic created so.");
  block.Unused("producer_max_record_size_bytes", 15983616, "Largest record.");
  block.Unused("producer_max_buffered_bytes", 1073741824, "Bytes waiting to be sent.");
  block.Unused("target_consumer_lag_at_startup", std::chrono::seconds(2),
               "Lag to reach before serving.");
  block.Unused("max_consumer_lag_at_startup", std::chrono::seconds(15),
               "Lag that is tolerated at start.");
  block.Unused("disable_kafka_telemetry", false, "No telemetry to the broker.");
  block.Unused("consumer_group_lag_metric_update_interval", std::chrono::minutes(1),
               "Time between updates of the lag metric.");
  if (zero) block.Clear();
}

void DeclareIngest(ConfigBlock& block, bool& enabled) {
  block.Key("enabled", enabled, "Ingest through Kafka; refused.");
  DeclareKafka(block.Group("kafka", "ingest.KafkaConfig", "Kafka."), false);
}

void DeclareBlockBuilder(ConfigBlock& block) {
  block.Unused("instance_id", HostName(), "Name of this instance.");
  block.Unused("assigned_partitions", std::map<std::string, std::vector<int64_t>>{},
               "Partitions of each instance.");
  block.Unused("partitions_per_instance", 0, "Partitions that every instance takes.");
  block.Unused("consume_cycle_duration", std::chrono::minutes(5), "Time between cycles.");
  block.Unused("max_consuming_bytes", 5000000000u, "Bytes of one cycle.");
  ConfigBlock& own_block = block.Group("block", "blockbuilder.BlockConfig", "Blocks.");
  own_block.Unused("max_block_bytes", 20971520u, "Size of a block.");
  DeclareUnusedBlock(own_block, "vParquet4");
  DeclareWal(block.Group("wal", "wal.Config", "Write-ahead log."),
             block.Own(WalConfig{.path = "/var/tempo/block-builder/traces"}), "none", "vParquet4");
  block.NoEffect();
}

void DeclareLiveStore(ConfigBlock& block) {
  DeclareGeneratorRing(block.Group("ring", "livestore.RingConfig", "Ring of live stores."));
  DeclarePartitionRing(
      block.Group("partition_ring", "livestore.PartitionRingConfig", "Ring of partitions."));
  block.Group("metrics", "livestore.MetricsConfig", "Metrics queries.")
      .Unused("time_overlap_cutoff", 0.2,
              "Overlap below which times of single traces are not read.");
  block.Unused("commit_interval", std::chrono::seconds(5), "Time between commits of offsets.");
  DeclareWal(block.Group("wal", "wal.Config", "Write-ahead log."),
             block.Own(WalConfig{.path = "/var/tempo/live-store/traces"}), "none", "vParquet4");
  block.Unused("query_block_concurrency", 10u, "Blocks that a query reads at once.");
  block.Unused("complete_block_timeout", std::chrono::hours(1), "How long blocks are kept.");
  block.Unused("complete_block_concurrency", 2, "Blocks that are written at once.");
  block.Unused("shutdown_marker_dir", "/var/tempo/live-store/shutdown-marker",
               "Directory of the shutdown marker.");
  block.Unused("flush_check_period", std::chrono::seconds(10), "Time between sweeps.");
  block.Unused("flush_op_timeout", std::chrono::minutes(5), "Timeout of a flush.");
  block.Unused("max_trace_live", std::chrono::seconds(30), "Cut a trace that is this old.");
  block.Unused("max_trace_idle", std::chrono::seconds(5), "Cut a trace that is idle this long.");
  block.Unused("max_live_traces_bytes", 250000000u, "Bytes of live traces.");
  block.Unused("max_block_duration", std::chrono::minutes(30), "Age at which a block is cut.");
  block.Unused("max_block_bytes", 104857600u, "Size at which a block is cut.");
  DeclareUnusedBlock(block.Group("block_config", "common.BlockConfig", "Blocks."), "");
  block.NoEffect();
}

}  // namespace vivace
