// GET /metrics: Vivace's own metrics in the Prometheus text format.
#pragma once

#include "api/router.h"
#include "base/metrics.h"

namespace vivace {

// `metrics` must outlive the router.
void AddMetricsRoute(const Metrics& metrics, Router& router);

}  // namespace vivace
