#include "base/containers/row_set.h"

#include <algorithm>

namespace vivace {

RowSet RowSet::All(uint32_t rows) {
  RowSet all;
  all.Add(0, rows);
  return all;
}

void RowSet::Add(uint32_t begin, uint32_t end) {
  if (begin >= end) return;
  size_ += end - begin;
  if (!ranges_.empty() && ranges_.back().end == begin) {
    ranges_.back().end = end;
  } else {
    ranges_.push_back({begin, end});
  }
}

uint32_t RowSet::RowAt(uint32_t index) const {
  auto range = ranges_.begin();
  for (; index >= range->end - range->begin; ++range) index -= range->end - range->begin;
  return range->begin + index;
}

RowSet RowSet::Slice(uint32_t first, uint32_t count) const {
  RowSet slice;
  for (const Range& range : ranges_) {
    const uint32_t rows = range.end - range.begin;
    const uint32_t skipped = std::min(first, rows);
    const uint32_t taken = std::min(count, rows - skipped);
    slice.Add(range.begin + skipped, range.begin + skipped + taken);
    first -= skipped;
    count -= taken;
  }
  return slice;
}

std::vector<RowSet::Range>::const_iterator RowSet::RangeAfter(uint32_t row) const {
  return std::ranges::upper_bound(ranges_, row, {}, &Range::end);
}

bool RowSet::Overlaps(uint32_t begin, uint32_t end) const {
  const auto range = RangeAfter(begin);
  return begin < end && range != ranges_.end() && range->begin < end;
}

bool RowSet::ContainsAll(uint32_t begin, uint32_t end) const {
  const auto range = RangeAfter(begin);
  return begin >= end || (range != ranges_.end() && range->begin <= begin && range->end >= end);
}

RowSet Union(const RowSet& a, const RowSet& b) {
  RowSet both;
  uint32_t done = 0;  // everything below has been added, or lies in neither
  const auto add = [&](const RowSet::Range& range) {
    both.Add(std::max(done, range.begin), range.end);
    done = std::max(done, range.end);
  };
  auto left = a.ranges_.begin();
  auto right = b.ranges_.begin();
  while (left != a.ranges_.end() || right != b.ranges_.end()) {
    const bool is_left =
        right == b.ranges_.end() || (left != a.ranges_.end() && left->begin < right->begin);
    add(is_left ? *left++ : *right++);
  }
  return both;
}

RowSet Intersection(const RowSet& a, const RowSet& b) {
  RowSet both;
  auto left = a.ranges_.begin();
  auto right = b.ranges_.begin();
  while (left != a.ranges_.end() && right != b.ranges_.end()) {
    both.Add(std::max(left->begin, right->begin), std::min(left->end, right->end));
    if (left->end < right->end) {
      ++left;
    } else {
      ++right;
    }
  }
  return both;
}

}  // namespace vivace
