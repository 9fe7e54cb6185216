// SharedTraces: exactly which traces lie in several sources of a query.
//
//   (construct (Reserve Add)* Build SourcesOf*)
//
// Sources have their ids in order, so all are merged once: the cost is linear in traces, while
// asking the bloom filters of all other sources about each trace costs traces times sources, and a
// read for each false alarm. Owned by one query, one thread. Memory, from the budget: 16 bytes a
// trace until Build, then only what is shared.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "query/query_stats.h"

namespace vivace {

class SharedTraces {
 public:
  // `budget`, which may be null, must outlive this.
  explicit SharedTraces(MemoryBudget* budget) : lists_lease_(budget), shared_lease_(budget) {}

  // To be called before so many ids are read. RESOURCE_EXHAUSTED where the budget does not have
  // their memory.
  Status Reserve(size_t ids);
  // The ids of a source, each once and in ascending order.
  void Add(uint32_t source, std::vector<TraceId> ids);
  // Forgets the ids that lie in one source only. RESOURCE_EXHAUSTED as above.
  Status Build();

  // The sources of a trace that lies in several, ascending; empty for all others.
  std::span<const uint32_t> SourcesOf(const TraceId& id) const;

 private:
  struct Range {
    uint32_t begin = 0;  // in sources_
    uint32_t count = 0;
  };
  struct List {
    uint32_t source = 0;
    std::vector<TraceId> ids;
  };

  Status Note(const TraceId& id, std::vector<uint32_t>& sources);

  std::optional<MemoryLease> lists_lease_;  // until Build
  MemoryLease shared_lease_;                // of the others
  std::vector<List> lists_;
  std::unordered_map<TraceId, Range, TraceIdHash> shared_;
  std::vector<uint32_t> sources_;
};

}  // namespace vivace
