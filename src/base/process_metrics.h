// The process as the kernel sees it: CPU, memory, descriptors, start, under the names that
// Prometheus clients share (process_*). Reads /proc; any thread, some tens of microseconds.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace vivace {

// Families whose value cannot be read are left out.
std::vector<prometheus::MetricFamily> ProcessMetrics();

}  // namespace vivace
