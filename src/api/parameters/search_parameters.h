// SearchParameters: what /api/search and StreamingQuerier/Search take (spec/api.md 1.3, 2.4), and
// the search built from them.
//
// Values; checks are made in Tempo's order and with its texts. Pure functions but for the clock in
// the context.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/parameters/window_parameters.h"
#include "api/query_context.h"
#include "api/router.h"
#include "query/search.h"
#include "traceql/search/legacy_tag_query.h"

namespace vivace {

struct SearchParameters {
  std::string query;  // TraceQL; empty: by tags
  traceql::Tags tags;
  int64_t min_duration_ms = 0;  // of tag searches; 0: none
  int64_t max_duration_ms = 0;
  int64_t limit = 0;          // 0: the default
  int64_t spans_per_set = 0;  // 0: the default over HTTP, all over gRPC
  bool all_spans_by_default = false;
  WindowParameters window;

  bool is_by_tags() const { return query.empty(); }
};

Result<SearchParameters> ParseSearchParameters(const ApiRequest& request);
// tempopb.SearchRequest. INVALID_ARGUMENT for malformed bytes.
Result<SearchParameters> DecodeSearchParameters(std::string_view message);

// INVALID_ARGUMENT where a limit of the configuration does not allow it or the query does not
// parse.
Result<SearchRequest> MakeSearchRequest(const SearchParameters& parameters,
                                        const std::vector<std::string>& tenants,
                                        const QueryContext& context);

}  // namespace vivace
