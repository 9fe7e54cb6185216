// The answer of /api/metrics/summary: tempopb.SpanMetricsSummaryResponse as JSON (spec/api.md 1.5).
//
// Pure function, any thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "traceql/metrics/summary_query.h"

namespace vivace {

// The first `limit` (0: all) of the summaries, which are by the attributes `by`.
std::string SummariesToJson(const std::map<std::string, traceql::SpanSummary>& summaries,
                            const std::vector<traceql::Attribute>& by, size_t limit);

}  // namespace vivace
