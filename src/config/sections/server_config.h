// The `server` block: listeners, TLS, timeouts and logging.
//
// Member initialisers are the defaults; what each key means stands in server_keys.cc. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/sections/value_types.h"

namespace vivace {

// A certificate and a key, inline or as files, turn TLS on.
struct ServerTlsConfig {
  std::string cert;
  std::optional<Secret> key;
  std::string client_ca;
  std::string cert_file;
  std::string key_file;
  std::string client_auth_type;
  std::string client_ca_file;
};

// How long gRPC connections live, and pings to silent clients. 0: gRPC's own default.
struct KeepaliveConfig {
  Duration max_connection_idle{};
  Duration max_connection_age{};
  Duration max_connection_age_grace{};
  Duration time{};
  Duration timeout{};
};

struct ServerConfig {
  std::string http_listen_network = "tcp";
  std::string http_listen_address;
  int64_t http_listen_port = 3200;
  int64_t http_listen_conn_limit = 0;
  std::string grpc_listen_network = "tcp";
  std::string grpc_listen_address;
  int64_t grpc_listen_port = 9095;
  int64_t grpc_listen_conn_limit = 0;
  std::string tls_cipher_suites;
  std::string tls_min_version;
  ServerTlsConfig http_tls_config;
  ServerTlsConfig grpc_tls_config;
  bool register_instrumentation = true;
  Duration graceful_shutdown_timeout = std::chrono::seconds(30);
  Duration http_server_read_timeout = std::chrono::seconds(30);
  Duration http_server_read_header_timeout{};
  Duration http_server_write_timeout = std::chrono::seconds(30);
  Duration http_server_idle_timeout = std::chrono::minutes(2);
  int64_t grpc_server_max_recv_msg_size = 16777216;
  int64_t grpc_server_max_send_msg_size = 16777216;
  uint64_t grpc_server_max_concurrent_streams = 100;
  KeepaliveConfig grpc_keepalive{.max_connection_idle = kForever,
                                 .max_connection_age = kForever,
                                 .max_connection_age_grace = kForever,
                                 .time = std::chrono::hours(2),
                                 .timeout = std::chrono::seconds(20)};
  std::string log_format = "logfmt";
  std::string log_level = "info";
  std::string http_path_prefix;
};

}  // namespace vivace
