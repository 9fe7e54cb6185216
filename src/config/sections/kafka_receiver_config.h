// A receiver of type kafka: which records to read, from where, and how they are encoded.
//
// The keys are those of the collector's Kafka receiver; what each means stands in
// kafka_receiver_keys.cc. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/sections/storage_config.h"
#include "config/sections/value_types.h"

namespace vivace {

struct KafkaSaslConfig {
  std::string username;
  Secret password;
  std::string mechanism;  // PLAIN, SCRAM-SHA-256, SCRAM-SHA-512; empty: none
};

struct KafkaTlsConfig {
  bool is_set = false;  // the file has a tls section
  bool insecure = false;
  bool insecure_skip_verify = false;
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
};

struct KafkaReceiverConfig {
  std::vector<std::string> brokers = {"localhost:9092"};
  std::string topic = "otlp_spans";
  std::string encoding = "otlp_proto";
  std::string group_id = "otel-collector";
  std::string group_instance_id;
  std::string client_id = "otel-collector";
  std::string initial_offset = "latest";
  std::string group_rebalance_strategy = "range";
  Duration session_timeout = std::chrono::seconds(10);
  Duration heartbeat_interval = std::chrono::seconds(3);
  int64_t min_fetch_size = 1;
  int64_t default_fetch_size = 1 << 20;
  Duration max_fetch_wait = std::chrono::milliseconds(250);
  Duration commit_interval = std::chrono::seconds(1);
  bool extract_headers = false;
  std::vector<std::string> headers;
  KafkaSaslConfig sasl;
  KafkaTlsConfig tls;
};

}  // namespace vivace
