// TenantMetrics: what the ingester counts for one tenant. Handles into the process's metrics, of
// the commit thread.
#pragma once

#include <string>

#include "base/metrics.h"
#include "columns/segment.h"
#include "receive/span_sink.h"

namespace vivace {

class TenantMetrics {
 public:
  TenantMetrics(Metrics& metrics, const std::string& tenant);

  // A batch was added to the tenant's segment, with so many traces that were new to it.
  void OnBatch(const PushContext& context, size_t spans, size_t new_traces, const Segment& segment);
  // The tenant's segment takes no more spans.
  void OnCut();

 private:
  Counter& spans_;
  Counter& bytes_;
  Counter& ingester_bytes_;
  Counter& traces_;
  Gauge& live_traces_;
  Gauge& live_bytes_;
};

}  // namespace vivace
