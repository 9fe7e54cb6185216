// MetricsParameters: what /api/metrics/query_range, /api/metrics/query and their gRPC counterparts
// take (spec/traceql.md 5.1, 5.2).
//
// Values; checks are made in Tempo's order and with its texts. Pure functions but for the clock in
// the context.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/query_context.h"
#include "api/router.h"
#include "traceql/metrics/metrics_plan.h"
#include "traceql/syntax/ast.h"

namespace vivace {

struct MetricsParameters {
  std::string query;
  uint64_t start_unix_nanos = 0;
  uint64_t end_unix_nanos = 0;
  uint64_t step_nanos = 0;  // of a range; 0 over gRPC: the default
  uint64_t exemplars = 0;   // 0: as many as there may be
  uint64_t series_max = 0;  // 0: all
  bool is_instant = false;  // one value over the whole range instead of one for each step
};

// INVALID_ARGUMENT for an invalid number or duration. Without a start the range begins an hour (or
// `since`) ago.
Result<MetricsParameters> ParseMetricsParameters(const ApiRequest& request, bool is_instant,
                                                 int64_t now_unix_nanos);
// tempopb.QueryRangeRequest and QueryInstantRequest. INVALID_ARGUMENT for malformed bytes and for
// missing times.
Result<MetricsParameters> DecodeQueryRangeRequest(std::string_view message);
Result<MetricsParameters> DecodeQueryInstantRequest(std::string_view message);

// A query ready to run.
struct MetricsRequest {
  traceql::Query query;
  traceql::MetricsOptions options;
  uint64_t series_max = 0;
};
Result<MetricsRequest> MakeMetricsRequest(const MetricsParameters& parameters,
                                          const std::vector<std::string>& tenants,
                                          const QueryContext& context);

// Steps of about 1/240 of the range, in whole seconds; of five where that is enough.
uint64_t DefaultStepNanos(uint64_t start_unix_nanos, uint64_t end_unix_nanos);

}  // namespace vivace
