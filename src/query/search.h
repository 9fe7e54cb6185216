// Search: finds the newest traces that a query matches, in live segments and blocks.
//
// Sources are searched newest first, and no further once the `limit` newest traces cannot change
// any more. A trace with spans in several sources is combined before it is matched, so results do
// not depend on which source has which spans. Traces come in descending order of start, then
// ascending of id. One thread per search. Memory, taken from the budget of its sources: the columns
// of one view that the query names, and the traces kept.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/cancel_token.h"
#include "query/query_sources.h"
#include "query/query_stats.h"
#include "traceql/search/found_trace.h"
#include "traceql/search/trace_query.h"

namespace vivace {

// Optimizations that do not change results; each can be switched off, for tests that compare
// results.
struct SearchShortcuts {
  bool pruning = true;     // skip sources and pages that cannot match
  bool by_span = true;     // decide filters column by column, live segments in order of arrival
  bool early_stop = true;  // end when nothing newer can come
  bool describe_by_view =
      true;  // describe the traces of a row group together, from the columns shown
};

struct SearchRequest {
  std::vector<std::string> tenants;
  std::shared_ptr<const traceql::TraceQuery> query;
  TimeWindow window;  // a trace is looked at if it overlaps
  size_t limit = 20;
  uint32_t spans_per_set = 3;
  std::shared_ptr<const CancelToken> cancel_token;
  SearchShortcuts shortcuts;
  SourceOptions sources;
};

class Search {
 public:
  // `ingester` and `catalog` must outlive the search.
  Search(const Ingester& ingester, BlockCatalog& catalog, SearchRequest request);

  // Called after each source with the statistics so far; CurrentTraces() may be called from it.
  // Returns false to end the search.
  using Progress = std::function<bool(const QueryStats& stats)>;

  // CANCELLED or DEADLINE_EXCEEDED when the request's token says so, INVALID_ARGUMENT for what
  // cannot be computed, RESOURCE_EXHAUSTED where it takes more memory than there is for a query,
  // and what QuerySources fails with.
  Status Run(const Progress& progress = nullptr);

  // The traces found so far, newest first. The ones described before are not combined again.
  using Traces = std::vector<std::shared_ptr<const traceql::FoundTrace>>;
  Result<Traces> CurrentTraces();
  // Those of them that no source still to be searched can change or displace.
  Result<Traces> SettledTraces();
  const QueryStats& stats() const { return stats_; }

 private:
  static constexpr uint32_t kNoSource = 0xffffffff;
  struct KeptTrace {
    uint64_t start_unix_nanos = 0;
    TraceId id;
    // Where it was found, if it lies in one row group as a whole: that, and its row there.
    uint32_t source = kNoSource;
    uint32_t view = 0;
    uint32_t row = 0;
    // Newest first.
    friend bool operator<(const KeptTrace& a, const KeptTrace& b) {
      return a.start_unix_nanos != b.start_unix_nanos ? a.start_unix_nanos > b.start_unix_nanos
                                                      : a.id < b.id;
    }
  };
  bool is_by_span() const { return request_.shortcuts.by_span && request_.query->is_by_span(); }
  Status SearchSource(size_t source);
  Status SearchView(size_t source, size_t index, ColumnView& view,
                    const std::optional<RowSet>& chosen);
  static Result<std::vector<uint8_t>> PassingTraces(const traceql::ViewRows& rows,
                                                    traceql::TraceMatcher& matcher);
  // Without a matcher the trace is known to match as far as it is seen here.
  Status SearchTrace(size_t source, uint32_t trace, traceql::TraceMatcher* matcher,
                     const KeptTrace& candidate, bool in_window);
  Result<Traces> Describe(uint64_t newer_than_unix_nanos);
  Status DescribeByView(std::span<const KeptTrace> kept);
  Status DescribeInView(std::vector<KeptTrace> kept);
  Result<std::shared_ptr<const traceql::FoundTrace>> MatchCombined(const TraceId& id);
  bool IsNewEnough(const KeptTrace& candidate) const;
  void Keep(const KeptTrace& kept);
  void AddDescribed(std::shared_ptr<const traceql::FoundTrace> found);
  // Takes what has been collected from the budget.
  Status ChargeForKept();

  const SearchRequest request_;
  QuerySources sources_;
  const BlockReader::Content content_;
  QueryStats stats_;
  size_t next_source_ = 0;
  std::set<KeptTrace> kept_;
  TraceIdSet combined_;  // ids of traces with several sources that have been matched
  std::unordered_map<TraceId, std::shared_ptr<const traceql::FoundTrace>, TraceIdHash> described_;
  size_t described_bytes_ = 0;
  MemoryLease lease_;
  size_t leased_bytes_ = 0;
};

}  // namespace vivace
