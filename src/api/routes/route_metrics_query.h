// GET /api/metrics/query_range and /api/metrics/query (spec/api.md 1.5): metrics over spans, always as JSON.
//
// The handlers block in the search, so they belong on the query pool's threads.
#pragma once

#include "api/query_context.h"
#include "api/router.h"

namespace vivace {

// `context` must outlive the router.
void AddMetricsQueryRoutes(const QueryContext& context, Router& router);

}  // namespace vivace
