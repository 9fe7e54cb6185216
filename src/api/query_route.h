// AddQueryRoute: what all query routes have in common: a tenant, compressed answers, a deadline, errors in Tempo's style, metrics.
#pragma once

#include <functional>
#include <string>

#include "api/query_context.h"
#include "api/router.h"

namespace vivace {

// Answers one request, on a thread of the query pool; sets what it inspected.
using QueryHandler = std::function<Result<HttpResponse>(const ApiRequest& request, const QueryContext& context, QueryOutcome& outcome)>;

// `operation`: of the outcome that the context's observer is told. `context` must outlive the router.
void AddQueryRoute(std::string pattern, std::string operation, const QueryContext& context, Router& router, QueryHandler handler);

// A token that is cancelled with `parent` (which may be null), or after `timeout` (0: never).
std::shared_ptr<const CancelToken> WithTimeout(const std::shared_ptr<const CancelToken>& parent, Duration timeout);

}  // namespace vivace
