// TraceWalk: hands the traces of all places to a query that takes them in (traceql/pipeline/view_query.h), newest places first.
//
// Where the query needs whole traces, those with spans in several sources are combined and added once, as a view of their own. One
// thread.
#pragma once

#include <functional>
#include <memory>

#include "base/cancel_token.h"
#include "query/query_places.h"
#include "query/query_stats.h"
#include "traceql/pipeline/view_query.h"

namespace vivace {

class TraceWalk {
 public:
  // Both must outlive the walk; `cancelled` may be null.
  TraceWalk(QueryPlaces& places, std::shared_ptr<const CancelToken> cancelled);

  // Called after each place; returns false to end the walk. No span that ends later than `settled_unix_nanos` is still to come.
  using Progress = std::function<bool(const QueryStats& stats, uint64_t settled_unix_nanos)>;

  // CANCELLED or DEADLINE_EXCEEDED when the token says so; INVALID_ARGUMENT for what cannot be computed. May be run again for another
  // query.
  Status Run(traceql::ViewQuery& query, const Progress& progress = nullptr);

  const QueryStats& stats() const { return stats_; }

 private:
  Status VisitPlace(traceql::ViewQuery& query, size_t place);
  Status VisitView(traceql::ViewQuery& query, size_t place, ColumnView& view);
  Status TakeTraces(traceql::ViewQuery& query, traceql::ViewJob& job, size_t place, const traceql::ViewRows& rows);
  Status TakeJoined(traceql::ViewQuery& query, const TraceId& id);

  QueryPlaces& places_;
  const std::shared_ptr<const CancelToken> cancelled_;
  QueryStats stats_;
  TraceIdSet joined_;
};

}  // namespace vivace
