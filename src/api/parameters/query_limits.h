// Checks that all queries share: the size of a query's text, and how long a range a tenant may
// search.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/parameters/window_parameters.h"
#include "api/query_context.h"
#include "query/query_sources.h"

namespace vivace {

// INVALID_ARGUMENT over query_frontend.max_query_expression_size_bytes.
Status CheckQuerySize(std::string_view text, const QueryFrontendConfig& config);

// The smallest of the tenants' max_search_duration, or query_frontend.search.max_duration; 0: any.
Duration SearchRangeMax(const std::vector<std::string>& tenants, const QueryContext& context);

// The result of ClampWindow at the current time.
Result<WindowParameters> ClampToNow(const WindowParameters& window, const QueryContext& context);
TimeWindow ToTimeWindow(const WindowParameters& window);

}  // namespace vivace
