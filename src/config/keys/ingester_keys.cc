// The keys of `ingester`.
#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareRing(ConfigSection& section, LifecyclerConfig& config) {
  DeclareKvStore(section.Group("kvstore", "kv.Config", "Where the ring is stored."), "memberlist");
  section.Unused("heartbeat_timeout", std::chrono::minutes(5),
                 "A member without heartbeat for this long is unhealthy.");
  section
      .UnusedKey("replication_factor", config.replication_factor,
                 "Ingesters that get a copy of each trace.")
      .Range(1, 1e6);
  section.Unused("zone_awareness_enabled", false, "Spread copies over availability zones.");
  section.Unused("excluded_zones", CsvList{}, "Zones that get no copies.");
}

void DeclareLifecycler(ConfigSection& section, LifecyclerConfig& config) {
  DeclareRing(section.Group("ring", "ring.Config", "Ring of ingesters."), config);
  section.Unused("num_tokens", 128, "Tokens in the ring.");
  section.Unused("heartbeat_period", std::chrono::seconds(5), "Time between heartbeats.");
  section.Unused("heartbeat_timeout", std::chrono::minutes(1),
                 "A member without heartbeat for this long is unhealthy.");
  section.Unused("observe_period", Duration{}, "Wait before joining to see conflicting tokens.");
  section.Unused("join_after", Duration{}, "Wait before joining.");
  section.Unused("min_ready_duration", std::chrono::seconds(15),
                 "How long it must be ready before /ready reports it.");
  section.Unused("interface_names", std::vector<std::string>{"eth0"},
                 "Interfaces whose address is advertised.");
  section.Unused("enable_inet6", false, "Advertise an IPv6 address.");
  section.Unused("final_sleep", Duration{}, "Wait before the process ends.");
  section.Unused("tokens_file_path", "", "File that keeps the tokens.");
  section.Unused("availability_zone", "", "Availability zone of this instance.");
  section.Unused("unregister_on_shutdown", true, "Leave the ring at shutdown.");
  section.Unused("readiness_check_ring_health", true,
                 "Be ready only when every member is healthy.");
  section.Unused("address", "", "Address to advertise.");
  section.Unused("port", 0, "Port to advertise; 0 means the gRPC port.").Range(0, 65535);
  section.Unused("id", HostName(), "Name of this instance in the ring.");
}

}  // namespace

void DeclareIngester(ConfigSection& section, IngesterConfig& config) {
  DeclareLifecycler(section.Group("lifecycler", "ring.LifecyclerConfig", "Membership of the ring."),
                    config.lifecycler);
  DeclarePartitionRing(
      section.Group("partition_ring", "ingester.PartitionRingConfig", "Ring of Kafka partitions."));
  section.Key("concurrent_flushes", config.concurrent_flushes, "Blocks that are flushed at once.")
      .Range(1, 1e6);
  section.Key("flush_check_period", config.flush_check_period,
              "Time between checks for something to cut or flush.");
  section.Later("flush_op_timeout", std::chrono::minutes(5), "Timeout of one flush.");
  section.Key("trace_idle_period", config.trace_idle_period,
              "A trace without new spans for this long is cut.");
  section.Unused("trace_live_period", std::chrono::seconds(30),
                 "A trace this old is cut in any case.");
  section.Key("max_block_duration", config.max_block_duration,
              "Age at which the head block is cut.");
  section.Key("max_block_bytes", config.max_block_bytes, "Size at which the head block is cut.");
  section.UnusedKey("complete_block_timeout", config.complete_block_timeout,
                    "How long a flushed block stays on the local disk.");
  section.Unused("override_ring_key", "ring", "Key of the ring in its store.");
  section.Key("flush_all_on_shutdown", config.flush_all_on_shutdown,
              "Flush everything to the backend at shutdown.");
  section.Later("flush_object_storage", true, "Write blocks to the backend at all.")
      .Lacks("blocks are always written");
}

}  // namespace vivace
