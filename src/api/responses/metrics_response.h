// The answers to metrics queries: JSON of /api/metrics/query_range and /api/metrics/query, protobuf
// of tempopb.QueryRangeResponse and QueryInstantResponse (spec/traceql.md 5.9, 5.10;
// spec/api.md 2.4). Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

#include "query/query_stats.h"
#include "traceql/metrics/series.h"
#include "traceql/metrics/time_steps.h"

namespace vivace {

struct MetricsResponse {
  std::vector<traceql::Series> series;
  traceql::TimeSteps steps;
  QueryStats stats;
  std::string message;  // why it is partial; empty: it is complete
};

// The part of the answer that is about intervals [begin, end).
MetricsResponse SliceIntervals(MetricsResponse answer, size_t begin, size_t end);

std::string QueryRangeToJson(const MetricsResponse& answer);
std::string QueryRangeToProtobuf(const MetricsResponse& answer);
// One value a series: that of the only step.
std::string QueryInstantToJson(const MetricsResponse& answer);
std::string QueryInstantToProtobuf(const MetricsResponse& answer);

}  // namespace vivace
