// Runs a metrics query over all places (spec/traceql.md 5) and shows what came of it. Blocks the caller for the search.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/parameters/metrics_parameters.h"
#include "api/query_caller.h"
#include "api/query_context.h"
#include "query/query_stats.h"
#include "traceql/metrics/series.h"

namespace vivace {

struct MetricsAnswer {
  std::vector<traceql::Series> series;
  traceql::TimeSteps steps;
  QueryStats stats;
  std::string message;  // why it is partial; empty: it is complete
};

// Told of what is known so far, after each place; returns false to end the search. `answer` makes the answer where it is wanted; what
// it says of intervals that begin at or after `settled_unix_nanos` will not change.
using MetricsProgress = std::function<bool(const std::function<MetricsAnswer()>& answer, uint64_t settled_unix_nanos)>;

// The part of the answer that is about intervals [begin, end).
MetricsAnswer PartOf(MetricsAnswer answer, size_t begin, size_t end);

Result<MetricsAnswer> RunMetrics(MetricsRequest request, const QueryCaller& caller, const QueryContext& context,
                                 const MetricsProgress& progress = nullptr);

}  // namespace vivace
