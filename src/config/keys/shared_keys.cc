// Groups of keys that occur in several blocks: key-value stores, rings, clients and TLS.
#include <unistd.h>

#include <array>

#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareConsul(ConfigSection& section) {
  section.Unused("host", "localhost:8500", "Address of Consul.");
  section.Unused("acl_token", Secret{}, "ACL token.");
  section.Unused("http_client_timeout", std::chrono::seconds(20), "Timeout of a request.");
  section.Unused("consistent_reads", false, "Read from the leader.");
  section.Unused("watch_rate_limit", 1.0, "Watch requests per second.");
  section.Unused("watch_burst_size", 1, "Watch requests at once.");
  section.Unused("cas_retry_delay", std::chrono::seconds(1),
                 "Pause before a compare-and-swap is tried again.");
}

void DeclareEtcd(ConfigSection& section) {
  section.Unused("endpoints", std::vector<std::string>{}, "Addresses of etcd.");
  section.Unused("dial_timeout", std::chrono::seconds(10), "Timeout of a connection.");
  section.Unused("max_retries", 10, "Attempts of an operation.");
  section.Unused("tls_enabled", false, "Use TLS.");
  DeclareUnusedClientTls(section);
  section.Unused("username", "", "User name.");
  section.Unused("password", Secret{}, "Password.");
}

void DeclareMulti(ConfigSection& section) {
  section.Unused("primary", "", "Store that is read and written.");
  section.Unused("secondary", "", "Store that writes are copied to.");
  section.Unused("mirror_enabled", false, "Copy writes.");
  section.Unused("mirror_timeout", std::chrono::seconds(2), "Timeout of a copied write.");
}

}  // namespace

std::string HostName() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "";
  return name.data();
}

void DeclareKvStore(ConfigSection& section, const char* store) {
  section.Unused("store", store, "Kind of store.")
      .OneOf({"", "consul", "etcd", "inmemory", "memberlist", "multi"},
             "invalid KV store type: {}");
  section.Unused("prefix", "collectors/", "Prefix of the keys in the store.");
  DeclareConsul(section.Group("consul", "consul.Config", "Consul."));
  DeclareEtcd(section.Group("etcd", "etcd.Config", "etcd."));
  DeclareMulti(section.Group("multi", "kv.MultiConfig", "Two stores at once."));
}

void DeclareClientTls(ConfigSection& section, ClientTlsConfig& config) {
  section.LaterKey("tls_cert_path", config.tls_cert_path, "Client certificate, a PEM file.");
  section.LaterKey("tls_key_path", config.tls_key_path,
                   "Key of the client certificate, a PEM file.");
  section.LaterKey("tls_ca_path", config.tls_ca_path, "CA bundle; empty means the system's.");
  section.LaterKey("tls_server_name", config.tls_server_name,
                   "Name that the server's certificate must have.");
  section.LaterKey("tls_insecure_skip_verify", config.tls_insecure_skip_verify,
                   "Do not verify the server's certificate.");
  section.LaterKey("tls_cipher_suites", config.tls_cipher_suites,
                   "Cipher suites, separated by commas.");
  section.LaterKey("tls_min_version", config.tls_min_version, "Lowest TLS version.")
      .OneOf({"", "VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"},
             "unknown minimum TLS version: \"{}\"");
}

void DeclareUnusedClientTls(ConfigSection& section) {
  section.Unused("tls_cert_path", "", "Client certificate, a PEM file.");
  section.Unused("tls_key_path", "", "Key of the client certificate, a PEM file.");
  section.Unused("tls_ca_path", "", "CA bundle; empty means the system's.");
  section.Unused("tls_server_name", "", "Name that the server's certificate must have.");
  section.Unused("tls_insecure_skip_verify", false, "Do not verify the server's certificate.");
  section.Unused("tls_cipher_suites", "", "Cipher suites, separated by commas.");
  section.Unused("tls_min_version", "", "Lowest TLS version.");
}

void DeclareRingInstance(ConfigSection& section) {
  section.Unused("instance_id", HostName(), "Name of this instance in the ring.");
  section.Unused("instance_interface_names", std::vector<std::string>{"eth0", "en0"},
                 "Interfaces whose address is advertised.");
  section.Unused("instance_port", 0, "Port to advertise; 0 means the gRPC port.");
  section.Unused("instance_addr", "", "Address to advertise.");
  section.Unused("enable_inet6", false, "Advertise an IPv6 address.");
}

void DeclareServiceRing(ConfigSection& section) {
  DeclareKvStore(section.Group("kvstore", "kv.Config",
                               "Where the ring is stored; empty store: this instance works alone."),
                 "");
  section.Unused("heartbeat_period", std::chrono::seconds(5), "Time between heartbeats.");
  section.Unused("heartbeat_timeout", std::chrono::minutes(1),
                 "A member without heartbeat for this long is unhealthy.");
  section.Unused("wait_stability_min_duration", std::chrono::minutes(1),
                 "Shortest wait for a stable ring at start.");
  section.Unused("wait_stability_max_duration", std::chrono::minutes(5),
                 "Longest wait for a stable ring at start.");
  DeclareRingInstance(section);
  section.Unused("wait_active_instance_timeout", std::chrono::minutes(10),
                 "How long to wait to become active.");
}

void DeclareGeneratorRing(ConfigSection& section) {
  DeclareKvStore(section.Group("kvstore", "kv.Config", "Where the ring is stored."), "memberlist");
  section.Unused("heartbeat_period", std::chrono::seconds(5), "Time between heartbeats.");
  section.Unused("heartbeat_timeout", std::chrono::minutes(1),
                 "A member without heartbeat for this long is unhealthy.");
  section.Unused("instance_id", HostName(), "Name of this instance in the ring.");
  section.Unused("instance_interface_names", std::vector<std::string>{"eth0", "en0"},
                 "Interfaces whose address is advertised.");
  section.Unused("instance_addr", "", "Address to advertise.");
  section.Unused("instance_port", 0, "Port to advertise; 0 means the gRPC port.");
  section.Unused("enable_inet6", false, "Advertise an IPv6 address.");
  section.Unused("instance_zone", "", "Availability zone of this instance.");
}

void DeclarePartitionRing(ConfigSection& section) {
  DeclareKvStore(section.Group("kvstore", "kv.Config", "Where the ring is stored."), "memberlist");
  section.Unused("min_partition_owners_count", 1,
                 "Owners that a partition needs to become active.");
  section.Unused("min_partition_owners_duration", std::chrono::seconds(10),
                 "How long it must have had them.");
  section.Unused("delete_inactive_partition_after", std::chrono::hours(13),
                 "When an inactive partition is deleted.");
}

void DeclareBackoff(ConfigSection& section, Duration min_period, Duration max_period,
                    int max_retries) {
  section.Unused("min_period", min_period, "Shortest pause between attempts.");
  section.Unused("max_period", max_period, "Longest pause between attempts.");
  section.Unused("max_retries", max_retries, "Attempts; 0 means no limit.");
}

void DeclareGrpcClient(ConfigSection& section, const GrpcClientDefaults& defaults) {
  section.Unused("max_recv_msg_size", 104857600, "Largest message that is received, in bytes.");
  section.Unused("max_send_msg_size", defaults.max_send_msg_size,
                 "Largest message that is sent, in bytes.");
  section.Unused("grpc_compression", "snappy", "Compression of messages.")
      .OneOf({"", "gzip", "snappy"}, "unsupported compression type: {}");
  section.Unused("rate_limit", 0.0, "Requests per second; 0 means no limit.");
  section.Unused("rate_limit_burst", 0, "Requests at once.");
  section.Unused("backoff_on_ratelimits", false, "Wait and try again when the limit is hit.");
  DeclareBackoff(section.Group("backoff_config", "backoff.Config", "Pauses between attempts."),
                 std::chrono::milliseconds(100), defaults.backoff_max_period, defaults.max_retries);
  section.Unused("initial_stream_window_size", ByteSize{defaults.window_bytes},
                 "Flow-control window of a stream.");
  section.Unused("initial_connection_window_size", ByteSize{defaults.window_bytes},
                 "Flow-control window of a connection.");
  section.Unused("tls_enabled", false, "Use TLS.");
  DeclareUnusedClientTls(section);
  section.Unused("connect_timeout", defaults.connect_timeout, "Timeout of a connection.");
  section.Unused("connect_backoff_base_delay", defaults.connect_backoff_base_delay,
                 "First pause before connecting again.");
  section.Unused("connect_backoff_max_delay", defaults.connect_backoff_max_delay,
                 "Longest pause before connecting again.");
  section.Group("cluster_validation", "clusterutil.ClusterValidationConfig", "Name of the cluster.")
      .Unused("label", "", "Name of the cluster that requests carry.");
}

}  // namespace vivace
