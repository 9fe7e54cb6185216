// PartCache: what queries have collected of blocks, to be merged again when they are asked again:
// a dashboard asks the same every few seconds, and blocks do not change.
//
// A part is named by its block and task and by what its query says that it depends on
// (ViewQuery::PartKey). Its tenant's name is in the block's, so that no tenant sees another's. Of a
// block that is gone nobody asks any more, and what nobody asks for goes first when the budget is
// full. Any thread; cost: a hash lookup.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "traceql/pipeline/view_query.h"

namespace vivace {

// What a task has collected.
struct CollectedPart {
  std::unique_ptr<traceql::ViewQuery> query;
  std::vector<TraceId> shared;  // traces that are not in it, as other sources had spans of them
  uint64_t inspected_traces = 0;

  size_t MemoryBytes() const {
    return sizeof *this + query->MemoryBytes() + shared.capacity() * sizeof(TraceId);
  }
};

class PartCache {
 public:
  explicit PartCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  // Null where it is not kept.
  std::shared_ptr<const CollectedPart> Get(const std::string& key);
  // Parts that would take more than an eighth of the budget are not kept.
  void Put(const std::string& key, std::shared_ptr<const CollectedPart> part);

  size_t bytes() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const CollectedPart> part;
    size_t bytes = 0;
  };
  using Entries = std::list<Entry>;

  // With mutex_ held.
  void Remove(Entries::iterator entry, Entries& removed);

  const size_t bytes_max_;
  mutable std::mutex mutex_;
  Entries entries_;  // guarded by mutex_: the last used first
  std::unordered_map<std::string, Entries::iterator> places_;  // guarded by mutex_
  size_t bytes_ = 0;                                           // guarded by mutex_
};

}  // namespace vivace
