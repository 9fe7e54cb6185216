// The `ingester` block: when traces are cut, blocks sealed, flushed and dropped from the local
// disk.
//
// Member initialisers are the defaults; what each key means stands in ingester_keys.cc. Plain
// values.
#pragma once

#include <cstdint>
#include <string>

#include "config/sections/value_types.h"

namespace vivace {

// Membership of the ingester ring.
struct LifecyclerConfig {
  int64_t replication_factor = 1;
};

struct IngesterConfig {
  LifecyclerConfig lifecycler;
  int64_t concurrent_flushes = 4;
  Duration flush_check_period = std::chrono::seconds(10);
  Duration trace_idle_period = std::chrono::seconds(5);
  Duration max_block_duration = std::chrono::minutes(30);
  uint64_t max_block_bytes = 524288000;
  Duration complete_block_timeout = std::chrono::minutes(15);
  bool flush_all_on_shutdown = false;
};

}  // namespace vivace
