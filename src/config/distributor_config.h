// The `distributor` block: receivers and what happens to spans before they are stored.
//
// Member initialisers are the defaults; what each key means stands in keys_distributor.cc. Plain values.
#pragma once

#include <cstdint>
#include <vector>

#include "config/receiver_config.h"

namespace vivace {

struct LogSpansConfig {
  bool enabled = false;
  bool include_all_attributes = false;
  bool filter_by_status_error = false;
};

struct DistributorConfig {
  std::vector<Receiver> receivers;
  LogSpansConfig log_received_spans;
  LogSpansConfig log_discarded_spans;
  Duration retry_after_on_resource_exhausted{};
  int64_t max_attribute_bytes = 2048;
  Duration artificial_delay{};
};

}  // namespace vivace
