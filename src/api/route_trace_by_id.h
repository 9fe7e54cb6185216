// GET /api/traces/{traceID} and /api/v2/traces/{traceID} (spec/api.md 1.2): a trace as JSON or protobuf.
//
// Handlers block in the lookup, so they belong on the query pool's threads.
#pragma once

#include "api/router.h"
#include "query/trace_lookup.h"

namespace vivace {

// `lookup` must outlive the router.
void AddTraceByIdRoutes(TraceLookup& lookup, Router& router);

}  // namespace vivace
