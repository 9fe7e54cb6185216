// The keys of `ingester`.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareRing(ConfigSection& section, LifecyclerConfig& config) {
  DeclareKvStore(section.Group("kvstore", "kv.Config", "Where the ring is stored."), "memberlist");
  section.Unused("heartbeat_timeout", std::chrono::minutes(5),
                 "A member without heartbeat for this long is unhealthy.");
  section
      .Key("replication_factor", config.replication_factor,
           "Ingesters that get a copy of each trace.")
      .Range(1, 1e6);
  section.Unused("zone_awareness_enabled", false, "Spread copies over availability zones.");
  section.Unused("excluded_zones", CsvList{}, "Zones that get no copies.");
}

void DeclareLifecycler(ConfigSection& section, LifecyclerConfig& config) {
  DeclareRing(section.Group("ring", "ring.Config", "Ring of ingesters."), config);
  section.Key("num_tokens", config.num_tokens, "Tokens in the ring.");
  section.Key("heartbeat_period", config.heartbeat_period, "Time between heartbeats.");
  section.Key("heartbeat_timeout", config.heartbeat_timeout,
              "A member without heartbeat for this long is unhealthy.");
  section.Unused("observe_period", Duration{}, "Wait before joining to see conflicting tokens.");
  section.Unused("join_after", Duration{}, "Wait before joining.");
  section.Key("min_ready_duration", config.min_ready_duration,
              "How long it must be ready before /ready reports it.");
  section.Unused("interface_names", std::vector<std::string>{"eth0"},
                 "Interfaces whose address is advertised.");
  section.Unused("enable_inet6", false, "Advertise an IPv6 address.");
  section.Key("final_sleep", config.final_sleep, "Wait before the process ends.");
  section.Unused("tokens_file_path", "", "File that keeps the tokens.");
  section.Key("availability_zone", config.availability_zone, "Availability zone of this instance.");
  section.Key("unregister_on_shutdown", config.unregister_on_shutdown,
              "Leave the ring at shutdown.");
  section.Unused("readiness_check_ring_health", true,
                 "Be ready only when every member is healthy.");
  section.Key("address", config.address, "Address to advertise.");
  section.Key("port", config.port, "Port to advertise; 0 means the gRPC port.").Range(0, 65535);
  section.Key("id", config.id, "Name of this instance in the ring.");
}

}  // namespace

void DeclareIngester(ConfigSection& section, IngesterConfig& config) {
  if (config.lifecycler.id.empty()) config.lifecycler.id = HostName();
  DeclareLifecycler(section.Group("lifecycler", "ring.LifecyclerConfig", "Membership of the ring."),
                    config.lifecycler);
  DeclarePartitionRing(
      section.Group("partition_ring", "ingester.PartitionRingConfig", "Ring of Kafka partitions."));
  section.Key("concurrent_flushes", config.concurrent_flushes, "Blocks that are flushed at once.")
      .Range(1, 1e6);
  section.Key("flush_check_period", config.flush_check_period,
              "Time between checks for something to cut or flush.");
  section.Key("flush_op_timeout", config.flush_op_timeout, "Timeout of one flush.");
  section.Key("trace_idle_period", config.trace_idle_period,
              "A trace without new spans for this long is cut.");
  section.Key("trace_live_period", config.trace_live_period,
              "A trace this old is cut in any case.");
  section.Key("max_block_duration", config.max_block_duration,
              "Age at which the head block is cut.");
  section.Key("max_block_bytes", config.max_block_bytes, "Size at which the head block is cut.");
  section.Key("complete_block_timeout", config.complete_block_timeout,
              "How long a flushed block stays on the local disk.");
  section.Unused("override_ring_key", "ring", "Key of the ring in its store.");
  section.Key("flush_all_on_shutdown", config.flush_all_on_shutdown,
              "Flush everything to the backend at shutdown.");
  section.Key("flush_object_storage", config.flush_object_storage,
              "Write blocks to the backend at all.");
}

}  // namespace vivace
