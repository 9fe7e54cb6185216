// TraceScan: hands the traces of all sources to a query that takes them in
// (traceql/pipeline/view_query.h), newest sources first.
//
// Each row group is a task that collects a part of the answer; parts are merged in order
// (ordered_tasks.h). Where the query needs whole traces, those with spans in several sources are
// left to the end of the first source that has them, combined and added once, as views of their
// own. Made and run by one thread; tasks run on those that help, too.
//
// Parts of blocks are kept (part_cache.h) and merged again; where the query needs whole traces, for
// the same set of blocks only. What the index of a block knows of it as a whole makes a part of its
// own where it suffices, which stands for all of its row groups (traceql::ViewQuery::AddSummary).
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/cancel_token.h"
#include "query/ordered_tasks.h"
#include "query/part_cache.h"
#include "query/query_sources.h"
#include "query/query_stats.h"
#include "query/trace_places.h"
#include "query/view_tasks.h"
#include "traceql/pipeline/view_query.h"

namespace vivace {

struct ScanOptions {
  OrderedTasksOptions tasks;
  PartCache* kept_parts = nullptr;  // must outlive the scan; null: none are kept
  bool uses_summaries = true;       // tests: without, every source is scanned; answers are the same
};

class TraceScan {
 public:
  // `sources` must outlive the scan; `cancel_token` may be null.
  TraceScan(QuerySources& sources, std::shared_ptr<const CancelToken> cancel_token,
            ScanOptions options = {});

  // Called after each source; returns false to end the scan. No span that ends later than
  // `settled_unix_nanos` is still to come.
  using Progress = std::function<bool(const QueryStats& stats, uint64_t settled_unix_nanos)>;

  // CANCELLED or DEADLINE_EXCEEDED when the token says so; INVALID_ARGUMENT for what cannot be
  // computed; RESOURCE_EXHAUSTED where it takes more memory than the budget of the sources has;
  // what QuerySources fails with. May be run again for another query.
  Status Run(traceql::ViewQuery& query, const Progress& progress = nullptr);

  const QueryStats& stats() const { return stats_; }

 private:
  // What one task has collected, and what it takes of the budget until it is merged.
  struct Part {
    explicit Part(MemoryBudget& budget) : lease(&budget) {}

    MemoryLease lease;
    std::shared_ptr<CollectedPart> collected = std::make_shared<CollectedPart>();
  };
  using PartPointer = std::unique_ptr<Part>;
  // The traces of a source that are to be combined, a few for each task.
  static constexpr size_t kTracesPerTask = 2048;

  PartPointer NewPart(const std::optional<traceql::DataRange>& range);
  std::optional<traceql::DataRange> RangeOf(size_t source) const;
  // What is kept of the tasks' blocks.
  void FindKept();
  std::optional<std::string> SourcesKey() const;
  // Makes parts of what is known of blocks as a whole, or finds them kept.
  Status Summarize();
  std::vector<size_t> SourcesToSummarize() const;
  Status SummarizeSource(size_t task);
  // Null where it cannot be told.
  Result<PartPointer> AddSummary(size_t source);
  Status AddExamples(size_t source, size_t view, SourceReader& reader, CollectedPart& part);
  Status TakeSummary(size_t task);
  bool HasRoomFor(const traceql::ViewQuery& part);
  bool is_summarized(size_t task) const { return summaries_[tasks_[task].source] != nullptr; }
  Result<PartPointer> RunTask(size_t task);
  void Keep(size_t task, const std::shared_ptr<CollectedPart>& part);
  Status Charge(Part& part);
  Status VisitViews(const ViewTask& task, Part& part);
  Status VisitView(size_t source, size_t index, SourceReader& reader, CollectedPart& part);
  Status AddView(size_t source, const traceql::ViewRows& rows, SourceReader& reader,
                 CollectedPart& part);
  Status AddTraces(traceql::ViewJob& job, size_t source, const traceql::ViewRows& rows,
                   SourceReader& reader, CollectedPart& part);
  Result<bool> Take(size_t task, const Status& status, PartPointer part, const Progress& progress);
  void TakePart(const CollectedPart& part);
  void EndParts();
  Result<bool> EndSource(size_t source, const Progress& progress);
  // Traces with spans in several sources.
  Status AddCombined(std::vector<TraceId> ids);
  Status AddTogether(std::span<const TraceId> ids, CollectedPart& part);
  Status AddSpans(const SpanBatch& spans, CollectedPart& part);
  void Merge(const traceql::ViewQuery& part);
  // Takes what has been collected from the budget.
  Status ChargeForQuery();

  QuerySources& sources_;
  const std::shared_ptr<const CancelToken> cancel_token_;
  const ScanOptions options_;
  const std::vector<ViewTask> tasks_;
  TracePlaces places_;
  QueryStats stats_;
  std::mutex query_mutex_;               // held while a part is made or merged
  traceql::ViewQuery* query_ = nullptr;  // of Run; guarded by query_mutex_
  bool needs_whole_traces_ = false;
  bool is_ended_ = false;           // by Progress
  std::optional<size_t> left_out_;  // a source of which something could not be read
  std::vector<std::string> keys_;   // of parts that may be kept, by task; empty: it may not
  std::vector<std::shared_ptr<const CollectedPart>> kept_;       // by task
  std::vector<std::shared_ptr<const CollectedPart>> summaries_;  // by source: in place of its tasks
  bool is_scanned_after_all_ = false;  // the source at hand, though it has a summary
  std::vector<TraceId> shared_;        // of the source at hand
  TraceIdSet combined_;
  std::optional<MemoryLease> lease_;
  size_t leased_bytes_ = 0;
};

}  // namespace vivace
