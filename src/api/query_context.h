// QueryContext: what query routes need besides the request: where data is stored, the limits that
// apply, the clock. QueryCaller: for whom a query runs, and until when.
//
// The context is built by main, read-only, any thread; what it refers to outlives the routes. The
// caller is a value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/query_observer.h"
#include "api/query_route.h"
#include "base/cancel_token.h"
#include "base/memory_budget.h"
#include "config/sections/limits.h"
#include "config/sections/query_config.h"
#include "ingest/ingester.h"
#include "query/block_catalog.h"
#include "query/ordered_tasks.h"
#include "query/part_cache.h"
#include "query/trace_scan.h"
#include "traceql/value/attribute.h"
#include "traceql/value/well_known_attributes.h"

namespace vivace {

struct QueryContext {
  const Ingester& ingester;
  BlockCatalog& catalog;
  const QueryFrontendConfig& config;
  // Of one tenant.
  std::function<ReadLimits(const std::string& tenant)> limits;
  std::function<int64_t()> now_unix_nanos;
  MemoryBudget* memory = nullptr;  // of all queries together
  QueryTimeouts timeouts;
  // Attributes that blocks keep in dedicated columns: tag requests list them where their filter
  // passes any, as Tempo does.
  traceql::WellKnownAttributes well_known_tags;
  // Those of them that every block has columns for: compare() and select() say where one is
  // missing, as in Tempo.
  std::vector<std::pair<traceql::Scope, std::string>> static_columns;
  QueryObserver observer;  // may be unset
  // How the queries of these tenants use threads; unset: one after the other on their own.
  std::function<OrderedTasksOptions(const std::vector<std::string>& tenants)> tasks;

  PartCache* kept_parts = nullptr;  // what range queries have collected of blocks; null: nothing
  bool uses_summaries = true;       // ScanOptions

  // `concurrent_jobs`: as configured.
  ScanOptions ScanOf(const std::vector<std::string>& tenants, int64_t concurrent_jobs) const {
    return {.tasks = TasksOf(tenants, concurrent_jobs),
            .kept_parts = kept_parts,
            .uses_summaries = uses_summaries};
  }
  OrderedTasksOptions TasksOf(const std::vector<std::string>& tenants,
                              int64_t concurrent_jobs) const {
    OrderedTasksOptions options = tasks ? tasks(tenants) : OrderedTasksOptions();
    options.window_max = static_cast<size_t>(std::max<int64_t>(concurrent_jobs, 1));
    return options;
  }
};

struct QueryCaller {
  std::vector<std::string> tenants;
  std::shared_ptr<const CancelToken> cancel_token;  // may be null
};

inline QueryCaller CallerOf(const ApiRequest& request) {
  return {request.tenants, request.http.cancel_token};
}

// A route of its own for queries that need the context, which must outlive the router.
using QueryContextHandler = std::function<Result<HttpResponse>(
    const ApiRequest& request, const QueryContext& context, QueryOutcome& outcome)>;
inline void AddQueryRoute(std::string pattern, std::string operation, const QueryContext& context,
                          Router& router, QueryContextHandler handler) {
  auto answer = [&context, handler = std::move(handler)](const ApiRequest& request,
                                                         QueryOutcome& outcome) {
    return handler(request, context, outcome);
  };
  AddQueryRoute({std::move(pattern), std::move(operation), context.timeouts, context.observer},
                router, std::move(answer));
}

}  // namespace vivace
