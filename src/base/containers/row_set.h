// RowSet: some rows of a row group, as ranges: which of them a query has to look at.
//
// Ranges are in order and do not touch. A value; one thread. Cost: 8 bytes per range; union and
// intersection are linear in the ranges.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vivace {

class RowSet {
 public:
  struct Range {
    uint32_t begin = 0;
    uint32_t end = 0;
    friend bool operator==(const Range&, const Range&) = default;
  };

  RowSet() = default;
  static RowSet All(uint32_t rows);

  // At the end: `begin` is not below what has been added before.
  void Add(uint32_t begin, uint32_t end);

  std::span<const Range> ranges() const { return ranges_; }
  bool empty() const { return ranges_.empty(); }
  uint32_t size() const { return size_; }
  // The number in the row group of row `index` of the set, which is below size().
  uint32_t RowAt(uint32_t index) const;
  // The rows at positions [first, first + count) of the set, as far as it has them.
  RowSet Slice(uint32_t first, uint32_t count) const;
  bool Overlaps(uint32_t begin, uint32_t end) const;
  bool ContainsAll(uint32_t begin, uint32_t end) const;

  friend RowSet Union(const RowSet& a, const RowSet& b);
  friend RowSet Intersection(const RowSet& a, const RowSet& b);
  friend bool operator==(const RowSet&, const RowSet&) = default;

 private:
  // The first range that ends after `row`.
  std::vector<Range>::const_iterator RangeAfter(uint32_t row) const;

  std::vector<Range> ranges_;
  uint32_t size_ = 0;
};

}  // namespace vivace
