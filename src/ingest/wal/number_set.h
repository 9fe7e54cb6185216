// NumberSet: which record numbers of a segment were read already: copies of a record have its
// number. Numbers come nearly in order, so that a few ranges hold them. One thread.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>

namespace vivace {

class NumberSet {
 public:
  // False where it was there.
  bool Insert(uint64_t number) {
    auto next = ends_.upper_bound(number);
    if (next != ends_.begin()) {
      const auto before = std::prev(next);
      if (number < before->second) return false;
      if (number == before->second) {
        ++before->second;
        Join(before, next);
        return true;
      }
    }
    const auto added = ends_.emplace_hint(next, number, number + 1);
    Join(added, next);
    return true;
  }

  // One more than the highest.
  uint64_t end() const { return ends_.empty() ? 0 : ends_.rbegin()->second; }
  size_t range_count() const { return ends_.size(); }

 private:
  using Ranges = std::map<uint64_t, uint64_t>;  // begin, end

  void Join(Ranges::iterator range, Ranges::iterator next) {
    if (next == ends_.end() || range->second != next->first) return;
    range->second = next->second;
    ends_.erase(next);
  }

  Ranges ends_;
};

}  // namespace vivace
