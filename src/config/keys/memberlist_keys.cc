// The keys of `memberlist`: Tempo's gossip, which Vivace does not speak.
#include "config/keys/keys.h"

namespace vivace {
namespace {

using Strings = std::vector<std::string>;

void DeclareGossip(ConfigSection& section) {
  section.Unused("node_name", "", "Name of this node; empty means the host's.");
  section.Unused("randomize_node_name", true, "Add a random suffix to the name.");
  section.Unused("stream_timeout", std::chrono::seconds(2), "Timeout of a connection.");
  section.Unused("retransmit_factor", 2, "Repetitions of a message.");
  section.Unused("pull_push_interval", std::chrono::seconds(30), "Time between full exchanges.");
  section.Unused("gossip_interval", std::chrono::seconds(1), "Time between rounds.");
  section.Unused("gossip_nodes", 2, "Nodes of a round.");
  section.Unused("gossip_to_dead_nodes_time", std::chrono::seconds(30),
                 "How long gossip is still sent to dead nodes.");
  section.Unused("dead_node_reclaim_time", Duration{}, "When a dead node's name is free.");
  section.Unused("compression_enabled", false, "Compress messages.");
  section.Unused("notify_interval", Duration{}, "Time between notifications.");
  section.Unused("received_messages_queue_size", 1024, "Messages that wait.");
  section.Unused("advertise_addr", "", "Address to advertise.");
  section.Unused("advertise_port", 7946, "Port to advertise.");
  section.Unused("cluster_label", "", "Name that messages carry.");
  section.Unused("cluster_label_verification_disabled", false,
                 "Accept messages with another name.");
}

void DeclareJoining(ConfigSection& section) {
  section.Unused("join_members", CsvList{}, "Nodes to join.");
  section.Unused("min_join_backoff", std::chrono::seconds(1), "Shortest pause between attempts.");
  section.Unused("max_join_backoff", std::chrono::minutes(1), "Longest pause between attempts.");
  section.Unused("max_join_retries", 10, "Attempts.");
  section.Unused("abort_if_cluster_fast_join_fails", false, "Fail when the first attempt fails.");
  section.Unused("abort_if_cluster_fast_join_fails_min_nodes", 1, "Nodes that must answer.");
  section.Unused("abort_if_cluster_join_fails", false, "Fail when no attempt succeeds.");
  section.Unused("rejoin_interval", Duration{}, "Join again after this time; 0 means never.");
  section.Unused("rejoin_seed_nodes", CsvList{}, "Nodes to join again.");
  section.Unused("left_ingesters_timeout", std::chrono::minutes(5),
                 "How long those that left are remembered.");
  section.Unused("obsolete_entries_timeout", std::chrono::seconds(30),
                 "How long deleted entries are remembered.");
  section.Unused("leave_timeout", std::chrono::seconds(20), "Timeout of leaving.");
  section.Unused("broadcast_timeout_for_local_updates_on_shutdown", std::chrono::seconds(10),
                 "How long last updates may take.");
  section.Unused("message_history_buffer_bytes", 0, "Messages that are kept for debugging.");
  section.Unused("watch_prefix_buffer_size", 128, "Notifications that wait.");
}

void DeclareTransport(ConfigSection& section) {
  section.Unused("bind_addr", Strings{}, "Addresses to listen on.");
  section.Unused("bind_port", 7946, "Port to listen on.");
  section.Unused("packet_dial_timeout", std::chrono::seconds(2), "Timeout of a connection.");
  section.Unused("packet_write_timeout", std::chrono::seconds(5), "Timeout of a write.");
  section.Unused("max_concurrent_writes", 3, "Writes at once.");
  section.Unused("acquire_writer_timeout", std::chrono::milliseconds(250),
                 "How long to wait for a writer.");
  section.Unused("tls_enabled", false, "Use TLS.");
  DeclareUnusedClientTls(section);
}

}  // namespace

void DeclareMemberlist(ConfigSection& section) {
  DeclareGossip(section);
  DeclareJoining(section);
  DeclareTransport(section);
  ConfigSection& zones = section.Group("zone_aware_routing", "memberlist.ZoneAwareRoutingConfig",
                                       "Gossip within zones.");
  zones.Unused("enabled", false, "Prefer nodes of the same zone.");
  zones.Unused("instance_availability_zone", "", "Zone of this node.");
  zones.Unused("role", "member", "Role of this node.");
  ConfigSection& delay =
      section.Group("propagation_delay_tracker", "memberlist.PropagationDelayTrackerConfig",
                    "Measurement of delays.");
  delay.Unused("enabled", false, "Measure delays.");
  delay.Unused("beacon_interval", std::chrono::minutes(1), "Time between beacons.");
  delay.Unused("beacon_lifetime", std::chrono::minutes(10), "How long a beacon is kept.");
  delay.Unused("log_beacons_latency_longer_than", Duration{}, "Log slower beacons.");
}

}  // namespace vivace
