// The keys of `block_builder`: blocks from Kafka, which Vivace does not make.
#include "config/keys/keys.h"

namespace vivace {

void DeclareBlockBuilder(ConfigSection& section) {
  section.Unused("instance_id", HostName(), "Name of this instance.");
  section.Unused("assigned_partitions", std::map<std::string, std::vector<int64_t>>{},
                 "Partitions of each instance.");
  section.Unused("partitions_per_instance", 0, "Partitions that every instance takes.");
  section.Unused("consume_cycle_duration", std::chrono::minutes(5), "Time between cycles.");
  section.Unused("max_consuming_bytes", 5000000000u, "Bytes of one cycle.");
  ConfigSection& own_block = section.Group("block", "blockbuilder.BlockConfig", "Blocks.");
  own_block.Unused("max_block_bytes", 20971520u, "Size of a block.");
  DeclareBlockConfig(own_block, section.Own(BlockConfig{.version = "vParquet4"}));
  DeclareWal(section.Group("wal", "wal.Config", "Write-ahead log."),
             section.Own(WalConfig{.path = "/var/tempo/block-builder/traces"}), "none",
             "vParquet4");
  section.NoEffect();
}

}  // namespace vivace
