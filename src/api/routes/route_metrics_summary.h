// GET /api/metrics/summary (spec/api.md 1.5, deprecated in Tempo): spans, errors and latencies by attributes, as JSON.
//
// The handler blocks in the search, so it belongs on the query pool's threads.
#pragma once

#include "api/query_context.h"
#include "api/router.h"

namespace vivace {

// `context` must outlive the router.
void AddMetricsSummaryRoute(const QueryContext& context, Router& router);

}  // namespace vivace
