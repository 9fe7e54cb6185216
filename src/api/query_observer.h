// The outcome that query routes report for each query, for metrics.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace vivace {

struct QueryOutcome {
  std::string tenant;     // as the request names it
  std::string operation;  // traces, search, metadata or metrics
  uint64_t inspected_bytes = 0;
  double seconds = 0;      // from its start on a thread of the query pool to its answer
  bool failed = false;     // answered with a server error
  bool cancelled = false;  // the client went away
};

using QueryObserver = std::function<void(const QueryOutcome& outcome)>;

}  // namespace vivace
