// One listener for spans, whatever its protocol, as distributor.receivers declares it.
//
// The file's nested map (type, protocol, options) becomes a flat list: one Receiver for every
// socket to open. Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/sections/kafka_receiver_config.h"
#include "config/sections/server_config.h"
#include "config/sections/value_types.h"

namespace vivace {

enum class ReceiverProtocol {
  kOtlpGrpc,
  kOtlpHttp,
  kZipkin,
  kJaegerGrpc,
  kJaegerThriftHttp,
  kJaegerThriftCompact,  // UDP
  kJaegerThriftBinary,   // UDP
  kKafka,
};

// "otlp grpc", "jaeger thrift_compact", ...: for logs and metric labels.
std::string_view ReceiverProtocolName(ReceiverProtocol protocol);
struct Receiver;
// The path of its section: "distributor.receivers.otlp.protocols.grpc".
std::string ReceiverKey(const Receiver& receiver);
// The port when the file names none.
uint16_t DefaultReceiverPort(ReceiverProtocol protocol);

// TLS of a receiver; on when a certificate and a key are given, each as a file or as text.
struct ReceiverTlsConfig {
  std::string cert_file;
  std::string cert_pem;
  std::string key_file;
  Secret key_pem;
  std::string client_ca_file;
  std::string min_version;
  std::string max_version;
  std::vector<std::string> cipher_suites;
  Duration reload_interval{};
};

struct CorsConfig {
  std::vector<std::string> allowed_origins;
  std::vector<std::string> allowed_headers;
  int64_t max_age = 0;
};

struct Receiver {
  ReceiverProtocol protocol = ReceiverProtocol::kOtlpGrpc;
  std::string name;  // the key in the file: "otlp" or "otlp/second"
  std::string host = "0.0.0.0";
  uint16_t port = 0;
  // Vivace added it (jaeger thrift_compact beside other jaeger protocols): a port in use is then no
  // reason to fail.
  bool implied = false;

  ReceiverTlsConfig tls;
  CorsConfig cors;
  // gRPC
  uint64_t max_recv_msg_size_mib = 0;  // 0: gRPC's own 4 MiB
  uint64_t max_concurrent_streams = 0;
  KeepaliveConfig keepalive;
  // HTTP
  int64_t max_request_body_size = 0;  // 0: 20 MiB
  Duration read_timeout{};
  Duration read_header_timeout{};
  Duration write_timeout{};
  Duration idle_timeout{};
  bool keep_alives_enabled = true;
  std::map<std::string, std::string> response_headers;
  std::string traces_url_path = "/v1/traces";
  bool parse_string_tags = false;  // zipkin
  // UDP
  int64_t max_packet_size = 65000;
  int64_t socket_buffer_size = 0;
  // Kafka, which has no address to listen on.
  KafkaReceiverConfig kafka;

  // host:port; of Kafka the brokers.
  std::string Address() const;
};

}  // namespace vivace
