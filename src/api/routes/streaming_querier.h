// tempopb.StreamingQuerier: search, tags and metrics as gRPC streams (spec/api.md 2.3).
//
// Each message is a delta: what is new, or final, since the previous one. Messages go out while the
// search runs, at most two per second, and a last one at the end. A client that disconnects cancels
// its search.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/query_context.h"
#include "base/http.h"
#include "query/query_scheduler.h"

namespace vivace {

struct StreamingQuerierOptions {
  bool multitenancy = false;
  bool multi_tenant_queries = true;
  // Why a query is refused, given as the HTTP request that asks for the same; may be unset.
  std::function<std::optional<std::string>(const HttpRequest& as_http)> reason_against;
  // Has a query run when its tenant's turn comes; false where too many wait.
  std::function<bool(QueryJob job)> post;
};

// Full method names and their handlers. `context` must outlive them.
std::vector<std::pair<std::string, StreamHandler>> StreamingQuerierMethods(
    const QueryContext& context, StreamingQuerierOptions options);

}  // namespace vivace
