// Search: finds the newest traces that a query matches, in live segments and blocks.
//
// Sources are searched newest first, and no further once the `limit` newest traces cannot change
// any more. Each row group is a task (ordered_tasks.h). A trace with spans in several sources is
// combined before it is matched, so results do not depend on which source has which spans. Traces
// come in descending order of start, then ascending of id. Made and run by one thread; tasks run on
// those that help, too. Memory, taken from the budget of its sources: the columns that the query
// names, of one view for each thread, and the traces kept.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/cancel_token.h"
#include "query/newest_rows.h"
#include "query/ordered_tasks.h"
#include "query/query_sources.h"
#include "query/query_stats.h"
#include "query/trace_places.h"
#include "query/view_tasks.h"
#include "traceql/search/found_trace.h"
#include "traceql/search/trace_query.h"

namespace vivace {

// Optimizations that do not change results; each can be switched off, for tests that compare
// results.
struct SearchShortcuts {
  bool pruning = true;       // skip sources and pages that cannot match
  bool by_span = true;       // decide filters column by column, live segments in order of arrival
  bool early_stop = true;    // end when nothing newer can come
  bool newest_first = true;  // of a row group look at its newest traces before the others
  bool newest_by_index = true;   // know them, and what is shown of traces, by the sidecar index
  size_t newest_share_min = 8;   // where it has so many times more than these
  bool candidates_alone = true;  // find out which traces may match, then read the rest of these
  size_t candidates_alone_min = 1024;  // where it has more traces
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
  OrderedTasksOptions tasks;
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
  using Found = std::shared_ptr<const traceql::FoundTrace>;
  // What one task has found: traces that match, the newest `limit` of them; and those that other
  // sources have spans of, too.
  struct Part {
    explicit Part(MemoryBudget& budget) : lease(&budget) {}

    MemoryLease lease;
    std::set<KeptTrace> kept;
    std::vector<KeptTrace> shared;
    uint64_t inspected_traces = 0;
  };
  // A view at hand.
  struct ViewAt {
    size_t source = 0;
    size_t index = 0;
    const std::optional<RowSet>& rows;  // chosen ones; none: all
  };
  // Traces that are combined together.
  static constexpr size_t kFirstBatch = 32;
  static constexpr size_t kLargestBatch = 2048;

  bool is_by_span() const { return request_.shortcuts.by_span && request_.query->is_by_span(); }
  const CancelToken* cancel_token() const { return request_.cancel_token.get(); }

  Status SearchViews(const ViewTask& task, Part& part);
  // A view, `rows` of it where some are chosen.
  Status SearchNewestFirst(size_t source, size_t index, std::optional<RowSet> rows,
                           SourceReader& reader, Part& part);
  Status SearchRows(size_t source, size_t index, std::optional<RowSet> rows,
                    const KnownTraces& known, SourceReader& reader, Part& part);
  // The rows in batches, the newest first; none where it is not worth it.
  Result<std::vector<RowBatch>> SplitByTime(size_t source, size_t index,
                                            const std::optional<RowSet>& rows,
                                            SourceReader& reader) const;
  Result<SourceReader::NewestOfBlock> NewestOf(size_t source, size_t index,
                                               SourceReader& reader) const;
  // How many rows of so many, `matches` of which match at most, the batches before the last have,
  // each with those before it.
  std::vector<size_t> BatchSizes(size_t rows, uint64_t matches) const;
  Status SearchView(const ViewAt& at, ColumnView& view, SourceReader& reader, Part& part);
  // Of these traces of a view, each of which may match.
  Status SearchCandidates(const ViewAt& at, std::span<const uint32_t> traces,
                          const traceql::ViewRows& rows, traceql::TraceMatcher& matcher,
                          SourceReader& reader, Part& part);
  Result<std::vector<uint32_t>> CandidatesOf(const traceql::ViewRows& rows,
                                             traceql::TraceMatcher& matcher) const;
  // Whether candidates of a view of so many traces are better read from a view of their own.
  bool IsAloneWorthIt(const ViewAt& at, size_t traces) const;
  Status SearchAlone(const ViewAt& at, std::span<const uint32_t> traces, SourceReader& reader,
                     Part& part);
  Status SearchNewestCandidates(const ViewAt& at, std::vector<uint32_t> traces, ColumnView& view,
                                SourceReader& reader, Part& part);
  // Without a matcher the trace is known to match as far as it is seen here.
  Status SearchTrace(size_t source, uint32_t trace, traceql::TraceMatcher* matcher,
                     const KeptTrace& candidate, bool in_window, SourceReader& reader, Part& part);

  Result<bool> Take(size_t task, const Status& status, std::unique_ptr<Part> part,
                    const Progress& progress);
  Status EndSource(size_t source, const Progress& progress);
  // Whether what is kept is newer than all that the source can have.
  bool IsSettledBefore(size_t source) const;
  // Matches traces of several sources that may be among the newest.
  Status MatchShared(std::vector<KeptTrace> shared);
  struct SharedBatch {
    uint64_t newest_unix_nanos = 0;  // start; none of the traces begins later
    std::vector<TraceId> ids;
  };
  std::vector<SharedBatch> SharedBatches(std::vector<KeptTrace> shared);
  static SharedBatch BatchOf(std::span<const KeptTrace> traces);
  Result<std::vector<Found>> MatchCombined(std::vector<TraceId> ids);
  Status MatchSpans(const SpanBatch& spans, std::vector<Found>& found) const;
  // Appends what is shown of the traces of a view that match and overlap the window.
  Status DescribeMatches(const traceql::ViewRows& rows, std::vector<Found>& found) const;

  Result<Traces> Describe(uint64_t newer_than_unix_nanos);
  Status DescribeByView(std::span<const KeptTrace> kept);
  Status DescribeCombined(std::span<const KeptTrace> kept);
  // Over a network, what describing traces of a view will read.
  BlockReader::ReadAhead ReadShownAhead(const KeptTrace& first, const RowSet& rows,
                                        SourceReader& reader);
  Result<std::vector<Found>> DescribeInView(std::vector<KeptTrace> kept);

  bool MayBeKept(const KeptTrace& candidate, const std::set<KeptTrace>& kept) const;
  void Keep(const KeptTrace& kept);
  void AddDescribed(Found found);
  // Takes what has been collected from the budget.
  Status ChargeForKept();

  const SearchRequest request_;
  QuerySources sources_;
  TracePlaces places_;
  const std::vector<ViewTask> tasks_;
  const BlockReader::Content content_;
  QueryStats stats_;
  size_t next_source_ = 0;
  bool is_ended_ = false;           // by Progress
  std::optional<size_t> left_out_;  // a source of which something could not be read
  std::set<KeptTrace> kept_;
  // No trace that begins earlier can be kept any more.
  std::atomic<uint64_t> oldest_unix_nanos_ = 0;
  // Whether the newest traces of row groups have sufficed so far.
  std::atomic<bool> newest_suffice_ = true;
  std::vector<KeptTrace> shared_;  // of the source at hand
  TraceIdSet combined_;            // ids of traces with several sources that have been matched
  std::unordered_map<TraceId, Found, TraceIdHash> described_;
  size_t described_bytes_ = 0;
  MemoryLease lease_;
  size_t leased_bytes_ = 0;
};

}  // namespace vivace
