// The keys of distributor.receivers: OpenTelemetry collector receivers by type and protocol.
//
// The file names types (otlp, jaeger, zipkin, kafka, or type/name) with protocols below them;
// reading turns each into one Receiver. The section is printed as it was written. Called at start,
// one thread.
#pragma once

#include <vector>

#include "config/schema/schema.h"
#include "config/sections/kafka_receiver_config.h"
#include "config/sections/receiver_config.h"

namespace vivace {

void DeclareReceivers(ConfigSection& section, std::vector<Receiver>& receivers);

// The keys of a receiver of type kafka (kafka_receiver_keys.cc). Sections that need no keys of
// their own to have a meaning (`tls: {}`) are looked for in `node`, the receiver's.
void DeclareKafkaReceiver(ConfigSection& section, KafkaReceiverConfig& config,
                          const YamlNode& node);
// What its keys cannot express individually. INVALID_ARGUMENT names the key.
Status CheckKafkaReceiver(const KafkaReceiverConfig& config);

// What listens when a file has no receivers at all: Tempo's set, on all addresses instead of
// localhost.
std::vector<Receiver> DefaultReceivers();

// "0.0.0.0:4317", "[::]:4317", ":4317" or "host": what is missing is taken from `receiver` as it
// is.
Status ParseEndpoint(std::string_view endpoint, Receiver& receiver);

}  // namespace vivace
