// GET /api/traces/{traceID} and /api/v2/traces/{traceID} (spec/api.md 1.2): a trace as JSON or protobuf.
//
// Handlers block in the lookup, so they belong on the query pool's threads.
#pragma once

#include "api/query_observer.h"
#include "api/query_route.h"
#include "api/router.h"
#include "query/trace_lookup.h"

namespace vivace {

// `lookup` must outlive the router; `observer`, which may be unset, is told of every lookup.
void AddTraceByIdRoutes(TraceLookup& lookup, const QueryTimeouts& timeouts, Router& router, const QueryObserver& observer = nullptr);

}  // namespace vivace
