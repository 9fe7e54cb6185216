// SetAsideSegments: what can't be queried because its segments can never become blocks: by tenant,
// time and trace, so that answers that lack it say so.
//
// Filled at the start from the log's quarantine, and by the flusher; owned by the ingester. Any
// thread; a lock and a walk over the segments set aside, of which there are seldom any. 16 bytes a
// trace.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "base/ids.h"
#include "columns/segment.h"

namespace vivace {

class SetAsideSegments {
 public:
  void Add(const std::string& tenant, const Segment& segment);

  // Those of the tenant with spans between the times, both inclusive.
  size_t CountBetween(const std::string& tenant, uint64_t start_unix_nanos,
                      uint64_t end_unix_nanos) const;
  // Those of the tenant with spans of the trace.
  size_t CountWith(const std::string& tenant, const TraceId& trace) const;

 private:
  struct SetAside {
    std::string tenant;
    uint64_t start_unix_nanos = 0;  // of its spans
    uint64_t end_unix_nanos = 0;
    std::vector<TraceId> traces;  // in order
  };

  mutable std::mutex mutex_;
  std::vector<SetAside> segments_;  // guarded by mutex_
};

}  // namespace vivace
