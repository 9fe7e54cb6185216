// The keys of `memberlist`: Tempo's gossip, which Vivace does not speak.
#include "config/keys/keys.h"

namespace vivace {
namespace {

using Strings = std::vector<std::string>;

void DeclareGossip(ConfigBlock& block) {
  block.Unused("node_name", "", "Name of this node; empty means the host's.");
  block.Unused("randomize_node_name", true, "Add a random suffix to the name.");
  block.Unused("stream_timeout", std::chrono::seconds(2), "Timeout of a connection.");
  block.Unused("retransmit_factor", 2, "Repetitions of a message.");
  block.Unused("pull_push_interval", std::chrono::seconds(30), "Time between full exchanges.");
  block.Unused("gossip_interval", std::chrono::seconds(1), "Time between rounds.");
  block.Unused("gossip_nodes", 2, "Nodes of a round.");
  block.Unused("gossip_to_dead_nodes_time", std::chrono::seconds(30),
               "How long gossip is still sent to dead nodes.");
  block.Unused("dead_node_reclaim_time", Duration{}, "When a dead node's name is free.");
  block.Unused("compression_enabled", false, "Compress messages.");
  block.Unused("notify_interval", Duration{}, "Time between notifications.");
  block.Unused("received_messages_queue_size", 1024, "Messages that wait.");
  block.Unused("advertise_addr", "", "Address to advertise.");
  block.Unused("advertise_port", 7946, "Port to advertise.");
  block.Unused("cluster_label", "", "Name that messages carry.");
  block.Unused("cluster_label_verification_disabled", false, "Accept messages with another name.");
}

void DeclareJoining(ConfigBlock& block) {
  block.Unused("join_members", CsvList{}, "Nodes to join.");
  block.Unused("min_join_backoff", std::chrono::seconds(1), "Shortest pause between attempts.");
  block.Unused("max_join_backoff", std::chrono::minutes(1), "Longest pause between attempts.");
  block.Unused("max_join_retries", 10, "Attempts.");
  block.Unused("abort_if_cluster_fast_join_fails", false, "Fail when the first attempt fails.");
  block.Unused("abort_if_cluster_fast_join_fails_min_nodes", 1, "Nodes that must answer.");
  block.Unused("abort_if_cluster_join_fails", false, "Fail when no attempt succeeds.");
  block.Unused("rejoin_interval", Duration{}, "Join again after this time; 0 means never.");
  block.Unused("rejoin_seed_nodes", CsvList{}, "Nodes to join again.");
  block.Unused("left_ingesters_timeout", std::chrono::minutes(5),
               "How long those that left are remembered.");
  block.Unused("obsolete_entries_timeout", std::chrono::seconds(30),
               "How long deleted entries are remembered.");
  block.Unused("leave_timeout", std::chrono::seconds(20), "Timeout of leaving.");
  block.Unused("broadcast_timeout_for_local_updates_on_shutdown", std::chrono::seconds(10),
               "How long last updates may take.");
  block.Unused("message_history_buffer_bytes", 0, "Messages that are kept for debugging.");
  block.Unused("watch_prefix_buffer_size", 128, "Notifications that wait.");
}

void DeclareTransport(ConfigBlock& block) {
  block.Unused("bind_addr", Strings{}, "Addresses to listen on.");
  block.Unused("bind_port", 7946, "Port to listen on.");
  block.Unused("packet_dial_timeout", std::chrono::seconds(2), "Timeout of a connection.");
  block.Unused("packet_write_timeout", std::chrono::seconds(5), "Timeout of a write.");
  block.Unused("max_concurrent_writes", 3, "Writes at once.");
  block.Unused("acquire_writer_timeout", std::chrono::milliseconds(250),
               "How long to wait for a writer.");
  block.Unused("tls_enabled", false, "Use TLS.");
  DeclareUnusedClientTls(block);
}

}  // namespace

void DeclareMemberlist(ConfigBlock& block) {
  DeclareGossip(block);
  DeclareJoining(block);
  DeclareTransport(block);
  ConfigBlock& zones = block.Group("zone_aware_routing", "memberlist.ZoneAwareRoutingConfig",
                                   "Gossip within zones.");
  zones.Unused("enabled", false, "Prefer nodes of the same zone.");
  zones.Unused("instance_availability_zone", "", "Zone of this node.");
  zones.Unused("role", "member", "Role of this node.");
  ConfigBlock& delay =
      block.Group("propagation_delay_tracker", "memberlist.PropagationDelayTrackerConfig",
                  "Measurement of delays.");
  delay.Unused("enabled", false, "Measure delays.");
  delay.Unused("beacon_interval", std::chrono::minutes(1), "Time between beacons.");
  delay.Unused("beacon_lifetime", std::chrono::minutes(10), "How long a beacon is kept.");
  delay.Unused("log_beacons_latency_longer_than", Duration{}, "Log slower beacons.");
}

}  // namespace vivace
