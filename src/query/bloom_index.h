// BloomIndex: which of many small blocks may have a trace, without asking each.
//
//   (construct Add* Build SourcesOf*)
//
// The bloom filters of small blocks have few bits set, so the index goes the other way: for each
// bit, the blocks that have it set. An id sets a handful of bits, each of which few blocks share;
// so a query over n blocks costs what its own traces cost, and not their number times n. Owned by
// one query, one thread. Memory: 4 bytes per set bit of all filters, and 4 per bit of one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "block/format/bloom.h"

namespace vivace {

class BloomIndex {
 public:
  // `budget`, which may be null, must outlive the index.
  explicit BloomIndex(MemoryBudget* budget) : lease_(budget) {}

  // The filter of a source: one shard, of which the set bits are kept. Sources come in ascending
  // order.
  Status Add(uint32_t source, std::shared_ptr<const BloomShard> filter);
  void Build();

  // Appends the sources that may have the id, in ascending order within filters of one size; there
  // are false positives, no false negatives.
  void SourcesOf(const TraceId& id, std::vector<uint32_t>& out) const;

 private:
  // Filters of the same size and number of hashes, in which an id sets the same bits.
  struct Group {
    std::vector<std::pair<uint32_t, std::shared_ptr<const BloomShard>>> filters;  // until Build
    std::vector<uint32_t> begins;   // the sources of bit i: sources[begins[i] .. begins[i + 1])
    std::vector<uint32_t> sources;  // ascending for each bit

    std::span<const uint32_t> Of(uint64_t bit) const {
      return std::span(sources).subspan(begins[bit], begins[bit + 1] - begins[bit]);
    }
  };
  using Shape = std::pair<uint64_t, uint32_t>;  // bits, hashes

  static void Build(uint64_t bits, Group& group);
  static void SourcesOf(const BloomBits& id, const Shape& shape, const Group& group,
                        std::vector<uint32_t>& out);

  MemoryLease lease_;
  std::map<Shape, Group> groups_;
};

}  // namespace vivace
