// The answers to metrics queries: JSON of /api/metrics/query_range and /api/metrics/query, protobuf of tempopb.QueryRangeResponse and
// QueryInstantResponse (spec/traceql.md 5.9, 5.10; spec/api.md 2.4). Pure functions, any thread.
#pragma once

#include <string>

#include "api/queries/metrics_runner.h"

namespace vivace {

std::string QueryRangeToJson(const MetricsAnswer& answer);
std::string QueryRangeToProtobuf(const MetricsAnswer& answer);
// One value a series: that of the only step.
std::string QueryInstantToJson(const MetricsAnswer& answer);
std::string QueryInstantToProtobuf(const MetricsAnswer& answer);

}  // namespace vivace
