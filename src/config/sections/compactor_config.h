// What `compactor`, backend_worker and backend_scheduler say of compaction and retention, which is
// checked and not done yet.
//
// Member initialisers are the defaults; what each key means stands in compactor_keys.cc. Plain
// values.
#pragma once

#include <cstdint>

#include "config/sections/value_types.h"

namespace vivace {

struct CompactionConfig {
  Duration compaction_window = std::chrono::hours(1);
  int64_t max_compaction_objects = 6000000;
  uint64_t max_block_bytes = 107374182400;
  Duration block_retention = std::chrono::hours(336);
  Duration compacted_block_retention = std::chrono::hours(1);
  uint64_t retention_concurrency = 10;
  Duration max_time_per_tenant = std::chrono::minutes(5);
  Duration compaction_cycle = std::chrono::seconds(30);
};

}  // namespace vivace
