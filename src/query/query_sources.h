// QuerySources: the live segments and blocks of a query's tenants that overlap its time window.
//
// Taken once per query; holds the segments and the list of blocks as they were then, so that a
// segment that becomes a block meanwhile is seen once. Newest sources first. One thread. What
// cannot be read of a block is handled here, as block/read_failure.h has it: a damaged block is
// reported, counted and skipped; one that is gone ends the query with ABORTED (fresh_blocks.h);
// every other error is returned. Memory: the list of sources, the reader in use (readers are
// kept by the catalog's budget, not the query's), an index of small blocks' bloom filters where
// traces are looked for across many of them; all of it, and what views read, is taken from the
// query's budget.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel_token.h"
#include "columns/segment_view.h"
#include "columns/span_batch_builder.h"
#include "ingest/ingester.h"
#include "query/block_catalog.h"
#include "query/bloom_index.h"
#include "query/fresh_blocks.h"
#include "query/query_stats.h"
#include "query/shared_traces.h"
#include "traceql/pipeline/pruning.h"

namespace vivace {

// Inclusive at both ends; nanoseconds since 1970.
struct TimeWindow {
  uint64_t start_unix_nanos = 0;
  uint64_t end_unix_nanos = UINT64_MAX;

  bool Overlaps(uint64_t start, uint64_t end) const {
    return start <= end_unix_nanos && end >= start_unix_nanos;
  }
  // The same for a trace, whose start may not be known (0: its end stands for it), and whose end
  // may lie before it.
  bool OverlapsTrace(uint64_t start, uint64_t end) const {
    const uint64_t from = start == 0 ? end : start;
    return Overlaps(from, std::max(from, end));
  }
};

struct SourceOptions {
  MemoryBudget* server_budget = nullptr;  // of all queries together; may be null
  GoneBlocks gone = GoneBlocks::kSkip;
};

class QuerySources {
 public:
  // What one query may take.
  static constexpr size_t kQueryBytesMax = size_t{256} << 20;

  QuerySources(const Ingester& ingester, BlockCatalog& catalog,
               const std::vector<std::string>& tenants, const TimeWindow& window,
               const SourceOptions& options = {});

  // To be asked before all else: UNAVAILABLE where it is not known which blocks there are,
  // RESOURCE_EXHAUSTED where they are too many for the budget.
  const Status& status() const { return status_; }
  MemoryBudget& budget() { return budget_; }

  // Which traces of a view may match a query.
  struct Candidates {
    bool any = true;
    std::optional<RowSet> rows;  // of a block's row group; none: all
  };
  // A view, with the reader of a block that it reads and its share of the budget. What the view has
  // had the reader keep is counted when it goes.
  struct OpenView {
    OpenView() = default;
    OpenView(BlockCatalog& block_catalog, std::shared_ptr<BlockReader> block_reader,
             MemoryBudget& budget)
        : catalog(&block_catalog), reader(std::move(block_reader)), reader_lease(&budget) {}
    OpenView(OpenView&&) = default;
    ~OpenView() {
      if (reader != nullptr) catalog->Used(*reader);
    }

    BlockCatalog* catalog = nullptr;
    std::shared_ptr<BlockReader> reader;
    MemoryLease reader_lease;
    std::unique_ptr<ColumnView> view;  // null where the block is skipped
  };

  // Leaves out all blocks but so many of the newest ones.
  void KeepNewestBlocks(size_t blocks_max);

  size_t size() const { return sources_.size(); }
  bool is_block(size_t source) const { return sources_[source].segment == nullptr; }
  // No span of the source ends later.
  uint64_t MaxEndUnixNanos(size_t source) const { return sources_[source].max_end_unix_nanos; }
  // Totals; nothing is inspected yet.
  QueryStats InitialStats() const;
  // Brings `stats` up to date: what was read, what had to be left out, and that the first `sources`
  // are done.
  void UpdateStats(size_t sources, QueryStats& stats) const;

  // Row groups of a block; 1 of a segment; 0 of a block that is skipped.
  Result<size_t> ViewCount(size_t source);
  // Views of segments come in the order asked for, those of blocks always by trace, and of the
  // chosen rows.
  Result<OpenView> Open(size_t source, size_t view, SegmentView::Order order,
                        std::optional<RowSet> rows = std::nullopt);
  // The traces of the view that may pass the query's entry conditions: the others certainly do not.
  Result<Candidates> MayMatch(size_t source, size_t view, const traceql::Pruning& pruning);
  // To be called where reading a view failed: OK where the source is to be skipped from here on.
  Status SkipIfDamaged(size_t source, const Error& error) { return Skip(sources_[source], error); }

  // Whether a source other than `source`, which has some, may have spans of the trace. By bloom
  // filters of blocks where few are asked about, else certain.
  Result<bool> MayExistInOtherSources(const TraceId& id, size_t source,
                                      const CancelToken* cancel_token = nullptr);
  // The trace's spans of all sources: as stored where one source has them all, else in order of
  // start and id. The memory of the last one is held until the next.
  Result<SpanBatch> Combine(const TraceId& id,
                            BlockReader::Content content = BlockReader::Content::kAll);

 private:
  struct Source {
    std::shared_ptr<const LiveSegment> segment;  // or a block:
    std::shared_ptr<const BlockMeta> meta;
    uint64_t max_end_unix_nanos = 0;
    bool is_damaged = false;
  };

  void AddSegments(const Ingester& ingester, const std::string& tenant, const TimeWindow& window);
  Status AddBlocks(const std::string& tenant, const TimeWindow& window);
  // Decides what becomes of a block of which something could not be read.
  Status Skip(Source& source, const Error& error);
  void Report(Source& source, const Error& error);
  // To be called after a reader has read something.
  Status Recount(const BlockReader& reader);
  // `read(reader)` of a block's reader; none where the block is skipped.
  template <typename T, typename Read>
  Result<std::optional<T>> ReadBlock(Source& source, const Read& read);
  Result<Candidates> CandidateRows(const BlockReader& reader, size_t view,
                                   const traceql::Pruning& pruning);

  // To be called where sources have changed.
  void NoteKinds();
  bool IsWorthMerging() const;
  // Learns which traces lie in several blocks; nothing changes where there is no memory for it, or
  // a block cannot be read.
  Status MergeIds(const CancelToken* cancel_token);
  Status AddIds(uint32_t source, SharedTraces& shared);
  Result<bool> MayBeElsewhereByBloom(const TraceId& id, size_t source);
  Status IndexBlooms();
  // The sources that may have the trace, ascending; until the next call. Of blocks not in the index
  // the filter has not been asked yet.
  Result<std::span<const uint32_t>> SourcesThatMayHave(const TraceId& id);
  // The same for a trace that is to be combined.
  Result<std::span<const uint32_t>> SourcesToCombine(const TraceId& id);
  Result<bool> MayContain(Source& source, const TraceId& id);
  Result<bool> Append(Source& source, const TraceId& id, BlockReader::Content content,
                      SpanBatchBuilder& out);

  BlockCatalog& catalog_;
  const GoneBlocks gone_;
  MemoryBudget budget_;
  MemoryLease list_lease_;
  std::optional<MemoryLease> reader_lease_;
  std::optional<MemoryLease> combined_lease_;
  Status status_;
  std::vector<Source> sources_;
  uint32_t unlisted_blocks_ = 0;  // left out since their meta.json is damaged
  uint32_t set_aside_segments_ = 0;
  uint32_t damaged_sources_ = 0;
  uint32_t damaged_extra_files_ = 0;
  std::vector<uint32_t> segments_;  // the sources that are segments
  double asked_nanos_ = 0;          // what asking about single traces has cost, about
  double merge_nanos_ = 0;          // what merging the ids of all blocks costs, about
  bool is_merge_tried_ = false;
  std::optional<MemoryBudget> merge_budget_;
  std::optional<SharedTraces> shared_;  // of blocks
  std::optional<BloomIndex> index_;     // once traces have been looked for
  std::vector<uint32_t> unindexed_;     // sources that are not in it
  std::vector<uint32_t> candidates_;
  BlockReadStats stats_;
};

}  // namespace vivace
