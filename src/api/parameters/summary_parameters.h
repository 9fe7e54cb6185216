// SummaryParameters: what /api/metrics/summary is asked for (spec/api.md 1.5).
//
// Values; checks are made in Tempo's order and with its texts. Pure functions but for the clock in
// the context.
#pragma once

#include <cstddef>
#include <vector>

#include "api/query_context.h"
#include "api/router.h"
#include "query/query_sources.h"
#include "traceql/syntax/ast.h"

namespace vivace {

struct SummaryParameters {
  traceql::Query query;
  std::vector<traceql::Attribute> by;
  size_t limit = 0;  // 0: all
  TimeWindow window;
};

// INVALID_ARGUMENT for what is malformed, or of several tenants.
Result<SummaryParameters> ParseSummaryParameters(const ApiRequest& request,
                                                 const QueryContext& context);

}  // namespace vivace
