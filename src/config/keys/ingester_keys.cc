// The keys of `ingester`.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareRing(ConfigBlock& block, LifecyclerConfig& config) {
  DeclareKvStore(block.Group("kvstore", "kv.Config", "Where the ring is stored."), "memberlist");
  block.Unused("heartbeat_timeout", std::chrono::minutes(5),
               "A member without heartbeat for this long is unhealthy.");
  block
      .Key("replication_factor", config.replication_factor,
           "Ingesters that get a copy of each trace.")
      .Range(1, 1e6);
  block.Unused("zone_awareness_enabled", false, "Spread copies over availability zones.");
  block.Unused("excluded_zones", CsvList{}, "Zones that get no copies.");
}

void DeclareLifecycler(ConfigBlock& block, LifecyclerConfig& config) {
  DeclareRing(block.Group("ring", "ring.Config", "Ring of ingesters."), config);
  block.Key("num_tokens", config.num_tokens, "Tokens in the ring.");
  block.Key("heartbeat_period", config.heartbeat_period, "Time between heartbeats.");
  block.Key("heartbeat_timeout", config.heartbeat_timeout,
            "A member without heartbeat for this long is unhealthy.");
  block.Unused("observe_period", Duration{}, "Wait before joining to see conflicting tokens.");
  block.Unused("join_after", Duration{}, "Wait before joining.");
  block.Key("min_ready_duration", config.min_ready_duration,
            "How long it must be ready before /ready reports it.");
  block.Unused("interface_names", std::vector<std::string>{"eth0"},
               "Interfaces whose address is advertised.");
  block.Unused("enable_inet6", false, "Advertise an IPv6 address.");
  block.Key("final_sleep", config.final_sleep, "Wait before the process ends.");
  block.Unused("tokens_file_path", "", "File that keeps the tokens.");
  block.Key("availability_zone", config.availability_zone, "Availability zone of this instance.");
  block.Key("unregister_on_shutdown", config.unregister_on_shutdown, "Leave the ring at shutdown.");
  block.Unused("readiness_check_ring_health", true, "Be ready only when every member is healthy.");
  block.Key("address", config.address, "Address to advertise.");
  block.Key("port", config.port, "Port to advertise; 0 means the gRPC port.").Range(0, 65535);
  block.Key("id", config.id, "Name of this instance in the ring.");
}

}  // namespace

void DeclareIngester(ConfigBlock& block, IngesterConfig& config) {
  if (config.lifecycler.id.empty()) config.lifecycler.id = HostName();
  DeclareLifecycler(block.Group("lifecycler", "ring.LifecyclerConfig", "Membership of the ring."),
                    config.lifecycler);
  DeclarePartitionRing(
      block.Group("partition_ring", "ingester.PartitionRingConfig", "Ring of Kafka partitions."));
  block.Key("concurrent_flushes", config.concurrent_flushes, "Blocks that are flushed at once.")
      .Range(1, 1e6);
  block.Key("flush_check_period", config.flush_check_period,
            "Time between checks for something to cut or flush.");
  block.Key("flush_op_timeout", config.flush_op_timeout, "Timeout of one flush.");
  block.Key("trace_idle_period", config.trace_idle_period,
            "A trace without new spans for this long is cut.");
  block.Key("trace_live_period", config.trace_live_period, "A trace this old is cut in any case.");
  block.Key("max_block_duration", config.max_block_duration, "Age at which the head block is cut.");
  block.Key("max_block_bytes", config.max_block_bytes, "Size at which the head block is cut.");
  block.Key("complete_block_timeout", config.complete_block_timeout,
            "How long a flushed block stays on the local disk.");
  block.Unused("override_ring_key", "ring", "Key of the ring in its store.");
  block.Key("flush_all_on_shutdown", config.flush_all_on_shutdown,
            "Flush everything to the backend at shutdown.");
  block.Key("flush_object_storage", config.flush_object_storage,
            "Write blocks to the backend at all.");
}

}  // namespace vivace
