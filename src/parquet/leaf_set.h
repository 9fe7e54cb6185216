// LeafSet: some of the leaves of a file, by column number. A value.
#pragma once

#include <bitset>
#include <cstddef>

namespace vivace {

class LeafSet {
 public:
  void Add(size_t leaf) {
    if (leaf < leaves_.size()) leaves_.set(leaf);
  }
  void Add(const LeafSet& others) { leaves_ |= others.leaves_; }
  bool Has(size_t leaf) const { return leaf < leaves_.size() && leaves_.test(leaf); }

 private:
  std::bitset<128> leaves_;  // leaves with higher numbers are never in it
};

}  // namespace vivace
