// TraceScan: hands the traces of all sources to a query that takes them in
// (traceql/pipeline/view_query.h), newest sources first.
//
// Where the query needs whole traces, those with spans in several sources are combined and added
// once, as a view of their own. One thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/cancel_token.h"
#include "query/query_sources.h"
#include "query/query_stats.h"
#include "traceql/pipeline/view_query.h"

namespace vivace {

class TraceScan {
 public:
  // Both must outlive the scan; `cancel_token` may be null.
  TraceScan(QuerySources& sources, std::shared_ptr<const CancelToken> cancel_token);

  // Called after each source; returns false to end the scan. No span that ends later than
  // `settled_unix_nanos` is still to come.
  using Progress = std::function<bool(const QueryStats& stats, uint64_t settled_unix_nanos)>;

  // CANCELLED or DEADLINE_EXCEEDED when the token says so; INVALID_ARGUMENT for what cannot be
  // computed; RESOURCE_EXHAUSTED where it takes more memory than the budget of the sources has;
  // what QuerySources fails with. May be run again for another query.
  Status Run(traceql::ViewQuery& query, const Progress& progress = nullptr);

  const QueryStats& stats() const { return stats_; }

 private:
  Status VisitSource(traceql::ViewQuery& query, size_t source);
  Status VisitView(traceql::ViewQuery& query, size_t source, ColumnView& view);
  Status AddTraces(traceql::ViewQuery& query, traceql::ViewJob& job, size_t source,
                   const traceql::ViewRows& rows);
  Status AddCombined(traceql::ViewQuery& query, const TraceId& id);
  // Takes what has been collected from the budget.
  Status ChargeFor(const traceql::ViewQuery& query);

  QuerySources& sources_;
  const std::shared_ptr<const CancelToken> cancel_token_;
  QueryStats stats_;
  TraceIdSet combined_;
  std::optional<MemoryLease> lease_;
  size_t leased_bytes_ = 0;
};

}  // namespace vivace
