// Groups of keys that occur in several blocks: key-value stores, rings, clients and TLS.
#include <unistd.h>

#include <array>

#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareConsul(ConfigBlock& block) {
  block.Unused("host", "localhost:8500", "Address of Consul.");
  block.Unused("acl_token", Secret{}, "ACL token.");
  block.Unused("http_client_timeout", std::chrono::seconds(20), "Timeout of a request.");
  block.Unused("consistent_reads", false, "Read from the leader.");
  block.Unused("watch_rate_limit", 1.0, "Watch requests per second.");
  block.Unused("watch_burst_size", 1, "Watch requests at once.");
  block.Unused("cas_retry_delay", std::chrono::seconds(1),
               "Pause before a compare-and-swap is tried again.");
}

void DeclareEtcd(ConfigBlock& block) {
  block.Unused("endpoints", std::vector<std::string>{}, "Addresses of etcd.");
  block.Unused("dial_timeout", std::chrono::seconds(10), "Timeout of a connection.");
  block.Unused("max_retries", 10, "Attempts of an operation.");
  block.Unused("tls_enabled", false, "Use TLS.");
  DeclareUnusedClientTls(block);
  block.Unused("username", "", "User name.");
  block.Unused("password", Secret{}, "Password.");
}

void DeclareMulti(ConfigBlock& block) {
  block.Unused("primary", "", "Store that is read and written.");
  block.Unused("secondary", "", "Store that writes are copied to.");
  block.Unused("mirror_enabled", false, "Copy writes.");
  block.Unused("mirror_timeout", std::chrono::seconds(2), "Timeout of a copied write.");
}

}  // namespace

std::string HostName() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "";
  return name.data();
}

void DeclareKvStore(ConfigBlock& block, const char* store) {
  block.Unused("store", store, "Kind of store.")
      .OneOf({"", "consul", "etcd", "inmemory", "memberlist", "multi"},
             "invalid KV store type: {}");
  block.Unused("prefix", "collectors/", "Prefix of the keys in the store.");
  DeclareConsul(block.Group("consul", "consul.Config", "Consul."));
  DeclareEtcd(block.Group("etcd", "etcd.Config", "etcd."));
  DeclareMulti(block.Group("multi", "kv.MultiConfig", "Two stores at once."));
}

void DeclareClientTls(ConfigBlock& block, ClientTlsConfig& config) {
  block.Key("tls_cert_path", config.tls_cert_path, "Client certificate, a PEM file.");
  block.Key("tls_key_path", config.tls_key_path, "Key of the client certificate, a PEM file.");
  block.Key("tls_ca_path", config.tls_ca_path, "CA bundle; empty means the system's.");
  block.Key("tls_server_name", config.tls_server_name,
            "Name that the server's certificate must have.");
  block.Key("tls_insecure_skip_verify", config.tls_insecure_skip_verify,
            "Do not verify the server's certificate.");
  block.Key("tls_cipher_suites", config.tls_cipher_suites, "Cipher suites, separated by commas.");
  block.Key("tls_min_version", config.tls_min_version, "Lowest TLS version.")
      .OneOf({"", "VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"},
             "unknown minimum TLS version: \"{}\"");
}

void DeclareUnusedClientTls(ConfigBlock& block) {
  block.Unused("tls_cert_path", "", "Client certificate, a PEM file.");
  block.Unused("tls_key_path", "", "Key of the client certificate, a PEM file.");
  block.Unused("tls_ca_path", "", "CA bundle; empty means the system's.");
  block.Unused("tls_server_name", "", "Name that the server's certificate must have.");
  block.Unused("tls_insecure_skip_verify", false, "Do not verify the server's certificate.");
  block.Unused("tls_cipher_suites", "", "Cipher suites, separated by commas.");
  block.Unused("tls_min_version", "", "Lowest TLS version.");
}

void DeclareRingInstance(ConfigBlock& block) {
  block.Unused("instance_id", HostName(), "Name of this instance in the ring.");
  block.Unused("instance_interface_names", std::vector<std::string>{"eth0", "en0"},
               "Interfaces whose address is advertised.");
  block.Unused("instance_port", 0, "Port to advertise; 0 means the gRPC port.");
  block.Unused("instance_addr", "", "Address to advertise.");
  block.Unused("enable_inet6", false, "Advertise an IPv6 address.");
}

void DeclareServiceRing(ConfigBlock& block) {
  DeclareKvStore(block.Group("kvstore", "kv.Config",
                             "Where the ring is stored; empty store: this instance works alone."),
                 "");
  block.Unused("heartbeat_period", std::chrono::seconds(5), "Time between heartbeats.");
  block.Unused("heartbeat_timeout", std::chrono::minutes(1),
               "A member without heartbeat for this long is unhealthy.");
  block.Unused("wait_stability_min_duration", std::chrono::minutes(1),
               "Shortest wait for a stable ring at start.");
  block.Unused("wait_stability_max_duration", std::chrono::minutes(5),
               "Longest wait for a stable ring at start.");
  DeclareRingInstance(block);
  block.Unused("wait_active_instance_timeout", std::chrono::minutes(10),
               "How long to wait to become active.");
}

void DeclareGeneratorRing(ConfigBlock& block) {
  DeclareKvStore(block.Group("kvstore", "kv.Config", "Where the ring is stored."), "memberlist");
  block.Unused("heartbeat_period", std::chrono::seconds(5), "Time between heartbeats.");
  block.Unused("heartbeat_timeout", std::chrono::minutes(1),
               "A member without heartbeat for this long is unhealthy.");
  block.Unused("instance_id", HostName(), "Name of this instance in the ring.");
  block.Unused("instance_interface_names", std::vector<std::string>{"eth0", "en0"},
               "Interfaces whose address is advertised.");
  block.Unused("instance_addr", "", "Address to advertise.");
  block.Unused("instance_port", 0, "Port to advertise; 0 means the gRPC port.");
  block.Unused("enable_inet6", false, "Advertise an IPv6 address.");
  block.Unused("instance_zone", "", "Availability zone of this instance.");
}

void DeclarePartitionRing(ConfigBlock& block) {
  DeclareKvStore(block.Group("kvstore", "kv.Config", "Where the ring is stored."), "memberlist");
  block.Unused("min_partition_owners_count", 1, "Owners that a partition needs to become active.");
  block.Unused("min_partition_owners_duration", std::chrono::seconds(10),
               "How long it must have had them.");
  block.Unused("delete_inactive_partition_after", std::chrono::hours(13),
               "When an inactive partition is deleted.");
}

void DeclareBackoff(ConfigBlock& block, Duration min_period, Duration max_period, int max_retries) {
  block.Unused("min_period", min_period, "Shortest pause between attempts.");
  block.Unused("max_period", max_period, "Longest pause between attempts.");
  block.Unused("max_retries", max_retries, "Attempts; 0 means no limit.");
}

void DeclareGrpcClient(ConfigBlock& block, const GrpcClientDefaults& defaults) {
  block.Unused("max_recv_msg_size", 104857600, "Largest message that is received, in bytes.");
  block.Unused("max_send_msg_size", defaults.max_send_msg_size,
               "Largest message that is sent, in bytes.");
  block.Unused("grpc_compression", "snappy", "Compression of messages.")
      .OneOf({"", "gzip", "snappy"}, "unsupported compression type: {}");
  block.Unused("rate_limit", 0.0, "Requests per second; 0 means no limit.");
  block.Unused("rate_limit_burst", 0, "Requests at once.");
  block.Unused("backoff_on_ratelimits", false, "Wait and try again when the limit is hit.");
  DeclareBackoff(block.Group("backoff_config", "backoff.Config", "Pauses between attempts."),
                 std::chrono::milliseconds(100), defaults.backoff_max_period, defaults.max_retries);
  block.Unused("initial_stream_window_size", ByteSize{defaults.window_bytes},
               "Flow-control window of a stream.");
  block.Unused("initial_connection_window_size", ByteSize{defaults.window_bytes},
               "Flow-control window of a connection.");
  block.Unused("tls_enabled", false, "Use TLS.");
  DeclareUnusedClientTls(block);
  block.Unused("connect_timeout", defaults.connect_timeout, "Timeout of a connection.");
  block.Unused("connect_backoff_base_delay", defaults.connect_backoff_base_delay,
               "First pause before connecting again.");
  block.Unused("connect_backoff_max_delay", defaults.connect_backoff_max_delay,
               "Longest pause before connecting again.");
  block.Group("cluster_validation", "clusterutil.ClusterValidationConfig", "Name of the cluster.")
      .Unused("label", "", "Name of the cluster that requests carry.");
}

void DeclareClient(ConfigBlock& block) {
  ConfigBlock& pool = block.Group("pool_config", "client.PoolConfig", "Pool of connections.");
  pool.Unused("checkinterval", std::chrono::seconds(15), "Time between health checks.");
  pool.Unused("healthcheckenabled", true, "Check the health of servers.");
  pool.Unused("healthchecktimeout", std::chrono::seconds(1), "Timeout of a check.");
  pool.Unused("healthcheckgraceperiod", Duration{}, "How long a server may fail checks.");
  pool.Unused("maxconcurrenthealthchecks", 0, "Checks at once; 0 means no limit.");
  block.Unused("remote_timeout", std::chrono::seconds(5), "Deadline of a call.");
  DeclareGrpcClient(block.Group("grpc_client_config", "grpcclient.Config", "gRPC client."), {});
}

}  // namespace vivace
