// QuerySources: the live segments and blocks of a query's tenants that overlap its time window.
//
// Taken once per query; holds the segments and the list of blocks as they were then, so that a
// segment that becomes a block meanwhile is seen once. Newest sources first. One thread. A damaged
// block is reported and skipped.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "columns/segment_view.h"
#include "columns/span_batch_builder.h"
#include "ingest/ingester.h"
#include "query/block_catalog.h"
#include "query/query_stats.h"
#include "traceql/pipeline/pruning.h"

namespace vivace {

// Inclusive at both ends; nanoseconds since 1970.
struct TimeWindow {
  uint64_t start_unix_nanos = 0;
  uint64_t end_unix_nanos = UINT64_MAX;

  bool Overlaps(uint64_t start, uint64_t end) const {
    return start <= end_unix_nanos && end >= start_unix_nanos;
  }
};

class QuerySources {
 public:
  // What the views of one query may take for what they read.
  static constexpr size_t kQueryBytesMax = size_t{256} << 20;

  QuerySources(const Ingester& ingester, BlockCatalog& catalog,
               const std::vector<std::string>& tenants, const TimeWindow& window,
               MemoryBudget* server_budget = nullptr);
  ~QuerySources();

  // Which traces of a view may match a query.
  struct Candidates {
    bool any = true;
    std::optional<RowSet> rows;  // of a block's row group; none: all
  };

  // Leaves out all blocks but so many of the newest ones.
  void KeepNewestBlocks(size_t blocks_max);

  size_t size() const { return sources_.size(); }
  bool is_block(size_t source) const { return sources_[source].segment == nullptr; }
  // No span of the source ends later.
  uint64_t MaxEndUnixNanos(size_t source) const { return sources_[source].max_end_unix_nanos; }
  // Totals; nothing is inspected yet.
  QueryStats InitialStats() const;

  // Row groups of a block; 1 of a segment; 0 of a block that cannot be read.
  size_t ViewCount(size_t source);
  // Null where it cannot be read. Views of segments come in the order asked for, those of blocks
  // always by trace, and of the chosen rows.
  std::unique_ptr<ColumnView> Open(size_t source, size_t view, SegmentView::Order order,
                                   std::optional<RowSet> rows = std::nullopt);
  // The traces of the view that may pass the query's entry conditions: the others certainly do not.
  Candidates MayMatch(size_t source, size_t view, const traceql::Pruning& pruning);
  // To be called where reading a view failed: damage is reported and OK returned, any other error
  // is returned as it is.
  Status SkipIfDamaged(size_t source, const Error& error);

  // Whether a source other than `source` may have spans of the trace: certain for segments, by
  // bloom filter for blocks.
  bool MayExistInOtherSources(const TraceId& id, size_t source);
  // The trace's spans of all sources: as stored where one source has them all, else in order of
  // start and id.
  SpanBatch Combine(const TraceId& id, BlockReader::Content content = BlockReader::Content::kAll);

  uint64_t inspected_bytes() const { return stats_.bytes(); }

 private:
  struct Source {
    std::shared_ptr<const LiveSegment> segment;  // or a block:
    BlockMeta meta;
    uint64_t max_end_unix_nanos = 0;
    std::shared_ptr<BlockReader> reader;  // once asked for
    bool is_damaged = false;
  };

  void AddSegments(const Ingester& ingester, const std::string& tenant, const TimeWindow& window);
  void AddBlocks(const std::string& tenant, const TimeWindow& window);
  BlockReader* ReaderOf(Source& source);
  Result<Candidates> CandidateRows(const BlockReader& reader, size_t view,
                                   const traceql::Pruning& pruning);
  bool Append(Source& source, const TraceId& id, BlockReader::Content content,
              SpanBatchBuilder& out);
  void Report(Source& source, const Error& error);

  BlockCatalog& catalog_;
  MemoryBudget budget_;
  std::vector<Source> sources_;
  BlockReadStats stats_;
};

}  // namespace vivace
