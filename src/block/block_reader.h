// BlockReader: reads one block (vParquet4, Tempo's or ours) from an object store.
//
// Keeps what every lookup needs: bloom shards asked for, the parsed footer, page locations of row
// groups asked for; each is read on first use, and no lock is held meanwhile (two threads may read
// the same at once). Shared by all threads; whoever keeps readers counts Memory() against a budget.
// Damage in the block's objects is DATA_LOSS with block, object and column, an object that is gone
// NOT_FOUND, all other errors are the store's (read_failure.h); never a crash, nor an allocation
// out of proportion to the file.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/containers/row_set.h"
#include "base/ids.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "base/uuid.h"
#include "block/format/block_read_stats.h"
#include "block/format/bloom.h"
#include "block/format/meta.h"
#include "block/index/block_index.h"
#include "columns/column_view.h"
#include "columns/span_batch_builder.h"
#include "object/object_store.h"

namespace vivace {

// What a reader keeps, by what is worth keeping longest.
struct ReaderMemory {
  size_t bare = 0;     // the reader itself, and bloom shards
  size_t file = 0;     // parsed footers, page positions and bounds
  size_t decoded = 0;  // dictionaries, row structures and sections of the index

  size_t total() const { return bare + file + decoded; }
};

class BlockReader {
 public:
  // Reads meta.json. `store` must outlive the reader. UNIMPLEMENTED for versions other than
  // vParquet4.
  static Result<std::shared_ptr<BlockReader>> Open(const ObjectStore& store,
                                                   const std::string& tenant, const Uuid& block);
  // Reads nothing. The block lies under the tenant and id that `meta` names.
  static Result<std::shared_ptr<BlockReader>> Open(const ObjectStore& store,
                                                   std::shared_ptr<const BlockMeta> meta);
  static Result<std::shared_ptr<BlockReader>> Open(const ObjectStore& store, BlockMeta meta) {
    return Open(store, std::make_shared<const BlockMeta>(std::move(meta)));
  }

  ~BlockReader();

  const BlockMeta& meta() const;

  // Appends the spans of trace `id` to `out`; false if the block does not have it. On error nothing
  // has been appended. Reads the pages that hold the trace's row and no others: bloom, row group,
  // page of TraceID, row, one page per column that has values. Without events, and what only
  // vivace-extra.parquet has, it is cheaper: searches show neither.
  enum class Content : uint8_t { kAll, kWithoutEvents };
  Result<bool> FindTrace(const TraceId& id, SpanBatchBuilder& out, BlockReadStats& stats,
                         Content content = Content::kAll) const;

  // The same of many traces, `ids` each once and ascending, for queries: pages are read once for
  // all that lie in them, and what only vivace-extra.parquet has is left out. Calls `found` with
  // the number of each trace that the block has, in order, after its spans have been appended. On
  // error the traces before it have been.
  Status FindTraces(std::span<const TraceId> ids, SpanBatchBuilder& out, BlockReadStats& stats,
                    Content content, const std::function<Status(size_t number)>& found) const;

  // Whether the block has the trace: as FindTrace, without reading its spans.
  Result<bool> HasTrace(const TraceId& id, BlockReadStats& stats) const;

  // By the bloom filter: there are false positives, no false negatives.
  Result<bool> MayContain(const TraceId& id, BlockReadStats& stats) const;

  // Whether it is known without reading that the block does not have it.
  bool IsKnownToLack(const TraceId& id) const;

  // The bloom filter, where it is one shard; null where it is several.
  Result<std::shared_ptr<const BloomShard>> SoleBloomShard(BlockReadStats& stats) const;

  // The ids of all traces, each once, ascending; they are not kept. DATA_LOSS where there are more
  // than `count_max`, for which there is memory.
  Result<std::vector<TraceId>> TraceIds(size_t count_max, BlockReadStats& stats) const;

  // Number of row groups, and one of them to query. `stats` must outlive the view.
  Result<size_t> RowGroupCount(BlockReadStats& stats) const;
  // What is read for the view is taken from `budget` (null: not limited) first. `rows`: the traces
  // wanted, by row; none for all.
  Result<std::unique_ptr<ColumnView>> OpenView(size_t row_group, BlockReadStats& stats,
                                               MemoryBudget* budget = nullptr,
                                               std::optional<RowSet> rows = std::nullopt) const;

  // Whether some row of the row group may have a value in that column that passes: false is
  // certain. Looks at dictionaries only, which are kept.
  Result<bool> MayMatch(size_t row_group, const ColumnName& column, const ValuePredicate& passes,
                        BlockReadStats& stats) const;

  // The rows of the row group that may have a value in that column that passes: the others
  // certainly have none. Looks at the bounds of pages only, which are kept.
  Result<RowSet> RowsThatMayMatch(size_t row_group, const ColumnName& column,
                                  const RangePredicate& may_pass, BlockReadStats& stats) const;
  Result<uint32_t> RowCount(size_t row_group, BlockReadStats& stats) const;
  // What the row group's pages take of data.parquet.
  Result<uint64_t> RowGroupBytes(size_t row_group, BlockReadStats& stats) const;

  // The block's index, vivace-index.bin. Null where it has none (Tempo's, and older blocks), and
  // where it is damaged or of another block, which is reported once in
  // BlockReadStats::damaged_indexes: the block is read without it. Errors are the store's, and
  // pass.
  Result<std::shared_ptr<const BlockIndex>> Index(BlockReadStats& stats) const;

  // Of a block in a store over a network, reads ahead of time what will be asked for: all at once,
  // in as few requests as it takes. What others read of the block is taken from there, until it
  // goes. Errors are left to whoever reads; null where there is nothing to hold or not the memory
  // in `budget`, and for stores that are not remote.
  using ReadAhead = std::shared_ptr<const void>;
  // What FindTrace reads.
  ReadAhead ReadTraceAhead(const TraceId& id, BlockReadStats& stats, MemoryBudget& budget) const;
  // What a view of these rows (none: all) reads of these leaves.
  ReadAhead ReadViewAhead(size_t row_group, const LeafSet& leaves,
                          const std::optional<RowSet>& rows, BlockReadStats& stats,
                          MemoryBudget& budget) const;
  // The leaves that have the values of a column.
  LeafSet LeavesOf(const ColumnName& column) const;

  ReaderMemory Memory() const;
  size_t MemoryBytes() const { return Memory().total(); }
  // Frees what Memory() counts as decoded, or as file and decoded; it is read again where it is
  // needed. Views that are open keep what they use.
  void DropDecoded() const;
  void DropFile() const;

 private:
  struct State;
  explicit BlockReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vivace
