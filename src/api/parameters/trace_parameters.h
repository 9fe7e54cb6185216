// Parameters of the trace-by-id routes: checks them in Tempo's order and with its texts
// (spec/api.md 1.2.1).
#pragma once

#include "api/router.h"
#include "query/trace_lookup.h"

namespace vivace {

// What to look up, without a tenant. INVALID_ARGUMENT for a bad parameter; UNKNOWN for
// mode=external, which is not configured.
Result<TraceRequest> ParseTraceRequest(const ApiRequest& request);

}  // namespace vivace
