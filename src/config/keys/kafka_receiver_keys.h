// Declares the keys of a receiver of type kafka.
#pragma once

#include "config/schema/schema.h"
#include "config/sections/kafka_receiver_config.h"

namespace vivace {

// Sections that need no keys of their own to have a meaning (`tls: {}`) are looked for in `node`, the receiver's.
void DeclareKafkaReceiver(Block& block, KafkaReceiverConfig& config, const YamlNode& node);

// What keys cannot tell one by one. INVALID_ARGUMENT names the key.
Status CheckKafkaReceiver(const KafkaReceiverConfig& config);

}  // namespace vivace
