// Runs a metrics query over all places (spec/traceql.md 5) and shows what came of it. Blocks the caller for the search.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/metrics_parameters.h"
#include "api/query_context.h"
#include "api/tag_search.h"
#include "query/query_stats.h"
#include "traceql/series.h"

namespace vivace {

struct MetricsAnswer {
  std::vector<traceql::Series> series;
  traceql::TimeSteps steps;
  QueryStats stats;
  std::string message;  // why it is partial; empty: it is complete
};

// Told of what is known so far, after each place; returns false to end the search. `series` makes the answer when it is wanted.
using MetricsProgress = std::function<bool(const std::function<MetricsAnswer()>& answer)>;

Result<MetricsAnswer> RunMetrics(MetricsRequest request, const QueryCaller& caller, const QueryContext& context,
                                 const MetricsProgress& progress = nullptr);

}  // namespace vivace
