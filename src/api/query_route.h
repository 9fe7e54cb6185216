// AddQueryRoute: what all query routes have in common: a tenant, compressed answers, deadlines,
// errors in Tempo's style, metrics.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/query_observer.h"
#include "api/router.h"
#include "base/cancel_token.h"
#include "config/yaml/duration.h"

namespace vivace {

// How long a query may take; 0: no limit.
struct QueryTimeouts {
  Duration query{};
  Duration api{};  // of the request as a whole (query_frontend.api_timeout): over HTTP it is
                   // answered with 503 instead of 504

  // A token that is cancelled with `parent` (which may be null), or after the shorter of the two.
  std::shared_ptr<const CancelToken> Limit(const std::shared_ptr<const CancelToken>& parent) const;
};

struct QueryRoute {
  std::string pattern;
  std::string operation;  // of the outcome that the observer receives
  QueryTimeouts timeouts;
  QueryObserver observer;  // may be unset
  RoutePool pool = RoutePool::kScan;
};

// Answers one request, on a thread of the query scheduler; sets what it inspected.
using QueryHandler =
    std::function<Result<HttpResponse>(const ApiRequest& request, QueryOutcome& outcome)>;

void AddQueryRoute(QueryRoute route, Router& router, QueryHandler handler);

}  // namespace vivace
