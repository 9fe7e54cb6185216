// GET /api/search (spec/api.md 1.3): traces that match a query, as JSON or protobuf.
//
// The handler blocks in the search, so it belongs on the query pool's threads.
#pragma once

#include "api/query_context.h"
#include "api/router.h"

namespace vivace {

// `context` must outlive the router.
void AddSearchRoute(const QueryContext& context, Router& router);

}  // namespace vivace
