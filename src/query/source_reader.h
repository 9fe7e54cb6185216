// SourceReader: reads the sources of a query for one of its threads.
//
// Of the source that a task is about, an error is returned, and whoever runs the tasks decides what
// becomes of it (QuerySources::Skip). Of others, in which traces are only looked for, what is
// damaged is reported and left out here. One thread; what has been read is added to the query's
// statistics when the reader goes. Memory: readers of blocks are kept by the catalog's budget; what
// the one in use has, and what views read, is taken from the query's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel_token.h"
#include "columns/segment_view.h"
#include "columns/source_summary.h"
#include "columns/span_batch_builder.h"
#include "query/query_sources.h"
#include "traceql/pipeline/pruning.h"

namespace vivace {

class SourceReader {
 public:
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
    std::unique_ptr<ColumnView> view;
  };

  // `sources` must outlive the reader; `cancel_token`, of the query, may be null.
  explicit SourceReader(QuerySources& sources, const CancelToken* cancel_token = nullptr)
      : sources_(sources), cancel_token_(cancel_token) {}
  SourceReader(const SourceReader&) = delete;
  SourceReader& operator=(const SourceReader&) = delete;
  ~SourceReader() { sources_.Add(stats_); }

  QuerySources& sources() { return sources_; }
  Status CheckCancelled() const { return vivace::CheckCancelled(cancel_token_); }

  // Row groups of a block; 1 of a segment.
  Result<size_t> ViewCount(size_t source);
  // Views of segments come in the order asked for, those of blocks always by trace, and of the
  // chosen rows.
  Result<OpenView> Open(size_t source, size_t view, SegmentView::Order order,
                        std::optional<RowSet> rows = std::nullopt);
  // The traces of the view that may pass the query's entry conditions: the others certainly do not.
  Result<Candidates> MayMatch(size_t source, size_t view, const traceql::Pruning& pruning);

  // How many traces of the view can match at most, by the index; Pruning::kNotKnown where it does
  // not know.
  Result<uint64_t> MostMatches(size_t source, size_t view, const traceql::Pruning& pruning);
  // The traces of a block that began last, by its index, and which rows of the block a view has.
  struct NewestOfBlock {
    std::shared_ptr<const NewestTraces> traces;  // null where the index does not know
    uint32_t first_row = 0;
    uint32_t end_row = 0;
  };
  Result<NewestOfBlock> Newest(size_t source, size_t view);
  // What the index of a block knows of it as a whole; null where nothing is known, or not of all
  // its row groups. Must not outlive the reader.
  Result<std::unique_ptr<SourceSummary>> SummaryOf(size_t source);
  Result<uint32_t> RowCount(size_t source, size_t view);

  // Of blocks in a store over a network, reads ahead (BlockReader::ReadViewAhead): null, too, where
  // something cannot be read.
  LeafSet LeavesOf(size_t source, std::span<const ColumnName> columns);
  BlockReader::ReadAhead ReadViewAhead(size_t source, size_t view, const LeafSet& leaves,
                                       const std::optional<RowSet>& rows, MemoryBudget& budget);
  void ReadBloomAhead(size_t source);

  // What follows leaves out what is damaged.

  // By the bloom filter of a block.
  Result<bool> MayHave(size_t source, const TraceId& id);
  Result<bool> Has(size_t source, const TraceId& id);
  // Appends the spans of traces, each once and ascending, without what queries do not see. Calls
  // `found` with the number of each that the source has, after its spans.
  Status AppendAll(size_t source, std::span<const TraceId> ids, BlockReader::Content content,
                   SpanBatchBuilder& out, const std::function<Status(size_t number)>& found);
  // Null where the filter is not of one shard.
  Result<std::shared_ptr<const BloomShard>> SoleBloomShard(size_t source);
  // The ids of a block's traces, ascending; an error where they cannot be read.
  Result<std::vector<TraceId>> TraceIds(size_t source);

 private:
  using Reader = std::shared_ptr<BlockReader>;
  // `read(reader)` of a block's reader.
  template <typename T, typename Read>
  Result<T> ReadBlock(size_t source, const Read& read);
  // The same; none where the block is skipped.
  template <typename T, typename Read>
  Result<std::optional<T>> ReadUnlessDamaged(size_t source, const Read& read);
  // To be called after a block's reader has read something.
  Status Recount(const BlockReader& reader);
  // Whether a row group of a block may have a value that passes: by the sidecar index, else by
  // dictionaries.
  Result<bool> MayHaveValue(const BlockReader& reader, size_t source, size_t view,
                            const ColumnName& column, const ValuePredicate& passes,
                            const std::optional<std::string_view>& only);
  class Summary;
  std::shared_ptr<const BlockIndex> IndexOf(const BlockReader& reader, size_t source);
  // None: not known.
  Result<std::optional<bool>> AskIndex(const BlockIndex& index, size_t view,
                                       const ColumnName& column, const ValuePredicate& passes,
                                       const std::optional<std::string_view>& only);
  Result<Candidates> CandidateRows(const BlockReader& reader, size_t view,
                                   const traceql::Pruning& pruning);

  QuerySources& sources_;
  const CancelToken* cancel_token_;
  std::optional<MemoryLease> reader_lease_;
  BlockReadStats stats_;
};

}  // namespace vivace
