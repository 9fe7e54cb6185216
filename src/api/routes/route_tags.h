// GET /api/search/tags, /api/v2/search/tags, /api/search/tag/{tagName}/values and /api/v2/search/tag/{tagName}/values (spec/api.md 1.4).
//
// The handlers block in the search, so they belong on the query pool's threads.
#pragma once

#include "api/query_context.h"
#include "api/router.h"

namespace vivace {

// `context` must outlive the router.
void AddTagRoutes(const QueryContext& context, Router& router);

}  // namespace vivace
