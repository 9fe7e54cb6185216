// LevelRuns: the repetition or definition levels of a leaf as runs of equal levels.
//
// Levels of lists repeat from row to row; a pass over runs costs a fraction of one over entries.
// Adjacent runs may have the same level. A value; one thread. Inside src/parquet only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace vivace {

class LevelRuns {
 public:
  static constexpr uint32_t kLevelMax = 15;

  struct Run {
    uint32_t level;
    uint32_t count;
  };

  void Add(uint32_t level, uint32_t count) {
    if (!words_.empty() && (words_.back() & kLevelMax) == level) {
      words_.back() += count << kLevelBits;
    } else {
      words_.push_back(count << kLevelBits | level);
    }
    entries_ += count;
  }
  void Add(const LevelRuns& runs) {
    if (runs.empty()) return;
    const Run first = runs[0];
    Add(first.level, first.count);
    words_.insert(words_.end(), runs.words_.begin() + 1, runs.words_.end());
    entries_ += runs.entries_ - first.count;
  }
  // Levels in Parquet's RLE / bit-packing hybrid, `count` of them, of `width` bits. False for
  // damage, or for levels above kLevelMax.
  bool AddHybrid(std::string_view encoded, uint32_t width, uint32_t count);
  // Room for so many times the runs that there are, and a few more.
  void ReserveTimes(double factor) {
    words_.reserve(static_cast<size_t>(static_cast<double>(words_.size()) * factor * 1.1) + 16);
  }
  // Forgets everything, keeps the capacity.
  void Clear() {
    words_.clear();
    entries_ = 0;
  }

  bool empty() const { return words_.empty(); }
  uint32_t entries() const { return entries_; }
  size_t size() const { return words_.size(); }
  Run operator[](size_t i) const { return {words_[i] & kLevelMax, words_[i] >> kLevelBits}; }
  uint32_t CountOf(uint32_t level) const;

 private:
  static constexpr uint32_t kLevelBits = 4;
  void TakeShortRuns(std::string_view& encoded, uint32_t& count);

  std::vector<uint32_t>
      words_;  // count and level; at most 2^28 entries, which a row group does not have
  uint32_t entries_ = 0;
};

// Of each row at `depth` (of about `rows`) the number of its first item, and the number of all:
// entries whose definition level is at least `item_level` are items.
std::vector<uint32_t> RowBegins(const LevelRuns& repetition, const LevelRuns& definition,
                                uint32_t depth, uint32_t item_level, uint32_t rows);

// Calls visit(repetition, definition, count) for runs of entries with the same levels. Both have
// the same number of entries.
template <typename Visit>
void ForEachLevelRun(const LevelRuns& repetition, const LevelRuns& definition, const Visit& visit) {
  size_t r = 0;
  size_t d = 0;
  LevelRuns::Run rep = repetition.empty() ? LevelRuns::Run{0, 0} : repetition[0];
  LevelRuns::Run def = definition.empty() ? LevelRuns::Run{0, 0} : definition[0];
  while (r < repetition.size() && d < definition.size()) {
    const uint32_t count = rep.count < def.count ? rep.count : def.count;
    visit(rep.level, def.level, count);
    rep.count -= count;
    def.count -= count;
    if (rep.count == 0 && ++r < repetition.size()) rep = repetition[r];
    if (def.count == 0 && ++d < definition.size()) def = definition[d];
  }
}

}  // namespace vivace
