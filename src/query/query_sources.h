// QuerySources: the live segments and blocks of a query's tenants that overlap its time window.
//
// Taken once per query; holds the segments and the list of blocks as they were then, so that a
// segment that becomes a block meanwhile is seen once. Newest sources first. What is read of them
// is read by SourceReader (source_reader.h), one for each thread of the query; what these have
// read, and which blocks had to be left out (block/read_failure.h), is added up here. Any thread,
// once made. Memory: the list of sources; it, and all else that the query reads and keeps, is taken
// from the query's budget.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "ingest/ingester.h"
#include "query/block_catalog.h"
#include "query/fresh_blocks.h"
#include "query/query_stats.h"

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

  struct Source {
    std::shared_ptr<const LiveSegment> segment;  // or a block:
    std::shared_ptr<const BlockMeta> meta;
    uint64_t max_end_unix_nanos = 0;
  };

  QuerySources(const Ingester& ingester, BlockCatalog& catalog,
               const std::vector<std::string>& tenants, const TimeWindow& window,
               const SourceOptions& options = {});

  // To be asked before all else: UNAVAILABLE where it is not known which blocks there are,
  // RESOURCE_EXHAUSTED where they are too many for the budget.
  const Status& status() const { return status_; }
  MemoryBudget& budget() { return budget_; }
  BlockCatalog& catalog() { return catalog_; }

  // Leaves out all blocks but so many of the newest ones. Before anything is read.
  void KeepNewestBlocks(size_t blocks_max);

  size_t size() const { return sources_.size(); }
  const Source& operator[](size_t source) const { return sources_[source]; }
  bool is_block(size_t source) const { return sources_[source].segment == nullptr; }
  // No span of the source ends later.
  uint64_t MaxEndUnixNanos(size_t source) const { return sources_[source].max_end_unix_nanos; }

  // Totals; nothing is inspected yet.
  QueryStats InitialStats() const;
  // Brings `stats` up to date: what was read, what had to be left out, and that the first `sources`
  // are done.
  void UpdateStats(size_t sources, QueryStats& stats) const;

  // Decides what becomes of a source of which something could not be read: OK where it is to be
  // left out from here on, which is reported once.
  Status Skip(size_t source, const Error& error);
  bool is_skipped(size_t source) const {
    return is_skipped_[source].load(std::memory_order_relaxed);
  }
  // A sidecar index that is damaged, of another block or cannot be read: nothing is missing without
  // it. The first of a query is logged.
  void ReportIgnoredIndex(size_t source, const std::string& problem);
  bool has_skipped() const { return damaged_sources_ != 0; }
  // What a reader has read.
  void Add(const BlockReadStats& stats);
  // Of which leaves readers have read whole columns so far.
  LeafSet leaves_read() const;

 private:
  void AddSegments(const Ingester& ingester, const std::string& tenant, const TimeWindow& window);
  Status AddBlocks(const std::string& tenant, const TimeWindow& window);

  BlockCatalog& catalog_;
  const GoneBlocks gone_;
  MemoryBudget budget_;
  MemoryLease list_lease_;
  Status status_;
  std::vector<Source> sources_;
  std::vector<std::atomic<bool>> is_skipped_;  // by source
  uint32_t unlisted_blocks_ = 0;               // left out since their meta.json is damaged
  uint32_t set_aside_segments_ = 0;
  std::atomic<uint32_t> damaged_sources_ = 0;
  std::atomic<bool> is_index_reported_ = false;
  std::atomic<uint64_t> inspected_bytes_ = 0;
  mutable std::mutex leaves_mutex_;
  LeafSet leaves_read_;  // guarded by leaves_mutex_
};

}  // namespace vivace
