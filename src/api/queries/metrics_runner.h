// Runs a metrics query over all sources (spec/traceql.md 5) and returns its series. Blocks the
// caller for the search.
#pragma once

#include <functional>

#include "api/parameters/metrics_parameters.h"
#include "api/query_context.h"
#include "api/responses/metrics_response.h"

namespace vivace {

// Called after each source with what is known so far; returns false to end the search. `answer`
// builds the answer on demand; what it holds for intervals that begin at or after
// `settled_unix_nanos` will not change. After a block turned out to be gone it begins anew.
using MetricsProgress = std::function<bool(const std::function<MetricsResponse()>& answer,
                                           uint64_t settled_unix_nanos)>;

Result<MetricsResponse> RunMetrics(const MetricsRequest& request, const QueryCaller& caller,
                                   const QueryContext& context,
                                   const MetricsProgress& progress = nullptr);

}  // namespace vivace
