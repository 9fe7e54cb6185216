// NumberMap: numbers by number, for maps that are nearly always small and sometimes huge: of the
// rows of a trace's resources or scopes to their rows elsewhere.
//
// Up to kFew entries are searched one by one, which is faster than a hash; a map that grows beyond
// that is hashed, so that a lookup never costs more than a few comparisons. Owned by one algorithm,
// which may clear it and use its memory again; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vivace {

class NumberMap {
 public:
  // The number that is known for `key`, else `make()`, which is known from then on.
  template <typename Make>
  uint32_t FindOrAdd(uint32_t key, Make&& make) {
    if (!many_.empty()) return FindOrAddToMany(key, make);
    for (const auto& [known, number] : few_) {
      if (known == key) return number;
    }
    few_.emplace_back(key, make());
    if (few_.size() > kFew) many_.insert(few_.begin(), few_.end());
    return few_.back().second;
  }

  size_t size() const { return many_.empty() ? few_.size() : many_.size(); }

  // A hash table is given back: to empty a large one costs its size, however few are in it.
  void Clear() {
    few_.clear();
    if (!many_.empty()) many_ = {};
  }

  static constexpr size_t kFew = 32;

 private:
  template <typename Make>
  uint32_t FindOrAddToMany(uint32_t key, Make& make) {
    const auto known = many_.find(key);
    return known != many_.end() ? known->second : many_.emplace(key, make()).first->second;
  }

  std::vector<std::pair<uint32_t, uint32_t>> few_;
  std::unordered_map<uint32_t, uint32_t> many_;  // empty up to kFew
};

}  // namespace vivace
