// TracePlaces: which sources of a query have a trace, and its spans from all of them.
//
// By the bloom filters of blocks while few traces are asked about; once the asking has cost as much
// as reading the ids of all blocks would, these are read and merged (shared_traces.h). Answers are
// certain either way. Shared by all threads of a query, each with a reader of its own. Memory, from
// the query's budget: an index of small blocks' bloom filters where there are many, then the traces
// of several sources.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "query/bloom_index.h"
#include "query/shared_traces.h"
#include "query/source_reader.h"

namespace vivace {

class TracePlaces {
 public:
  // `sources` must outlive this.
  explicit TracePlaces(QuerySources& sources);

  // Whether a source other than `source`, which has some, has spans of the trace. What is damaged
  // has none.
  Result<bool> IsElsewhere(const TraceId& id, size_t source, SourceReader& reader);

  struct Combined {
    MemoryLease lease;
    SpanBatch spans;
  };
  // The spans of traces, each once and ascending, from all sources: of a trace as stored where one
  // source has them all, else in order of start and id. Each source is read once for all.
  Result<Combined> Combine(std::span<const TraceId> ids, SourceReader& reader,
                           BlockReader::Content content = BlockReader::Content::kAll);
  // Hands them to `use`, in order of their ids; all at once, or some after the other where there is
  // not memory for all.
  using UseSpans = std::function<Status(const SpanBatch& spans)>;
  Status UseCombined(std::span<const TraceId> ids, SourceReader& reader,
                     BlockReader::Content content, const UseSpans& use);

 private:
  using Sources = std::vector<uint32_t>;

  // Null until it has been worth to merge ids.
  const SharedTraces* shared() const { return shared_ready_.load(std::memory_order_acquire); }
  Status MergeIfWorthIt(SourceReader& reader);
  // Learns which traces lie in several blocks; nothing changes where there is no memory for it, or
  // a block cannot be read.
  Status MergeIds(SourceReader& reader);
  Status AddIds(uint32_t source, SourceReader& reader, SharedTraces& shared);
  bool IsInSegment(const TraceId& id) const;
  Status IndexBlooms(SourceReader& reader);
  Status IndexBloom(uint32_t source, SourceReader& reader);
  // The sources that may have the trace, ascending. Of blocks not in the index the filter has not
  // been asked yet.
  Result<Sources> SourcesThatMayHave(const TraceId& id, SourceReader& reader);
  Result<bool> AskOthers(const TraceId& id, size_t source, SourceReader& reader);
  // The same for a trace that is to be combined.
  Result<Sources> SourcesToCombine(const TraceId& id, SourceReader& reader);
  // By source, which of the traces may lie there, ascending.
  using IdsBySource = std::map<uint32_t, std::vector<TraceId>>;
  Result<IdsBySource> PlanCombining(std::span<const TraceId> ids, SourceReader& reader);

  QuerySources& sources_;
  MemoryBudget merge_budget_;
  const uint64_t look_nanos_;              // what looking for a trace in a block costs, about
  Sources segments_;                       // the sources that are segments
  double merge_nanos_ = 0;                 // what merging the ids of all blocks costs, about
  std::atomic<uint64_t> asked_nanos_ = 0;  // what asking about single traces has cost, about
  std::atomic<bool> is_merge_tried_ = false;
  std::optional<SharedTraces> shared_;  // of blocks
  std::atomic<const SharedTraces*> shared_ready_ = nullptr;
  std::atomic<bool> is_indexed_ = false;
  std::mutex index_mutex_;           // held while the index is made: all who wait for it need it
  std::optional<BloomIndex> index_;  // once traces have been looked for
  Sources unindexed_;                // sources that are not in it
};

}  // namespace vivace
