// The `distributor` block: receivers and what happens to spans before they are stored.
//
// Member initialisers are the defaults; what each key means stands in distributor_keys.cc. Plain
// values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/sections/receiver_config.h"

namespace vivace {

struct LogSpansConfig {
  bool enabled = false;
  bool include_all_attributes = false;
  bool filter_by_status_error = false;
};

// Where copies of spans go.
struct ForwarderConfig {
  std::string name;  // by which overrides.forwarders asks for it
  std::string backend;
  std::vector<std::string> endpoints;  // each gets all spans
  bool insecure = false;
  std::string cert_file;  // CA
  std::string client_cert_file;
  std::string client_key_file;
  std::vector<std::string> dropped_spans;   // OTTL conditions
  std::vector<std::string> dropped_events;  // OTTL conditions
};

struct DistributorConfig {
  std::vector<Receiver> receivers;
  LogSpansConfig log_received_spans;
  LogSpansConfig log_discarded_spans;
  Duration retry_after_on_resource_exhausted{};
  int64_t max_attribute_bytes = 2048;
  Duration artificial_delay{};
  std::vector<ForwarderConfig> forwarders;
};

}  // namespace vivace
