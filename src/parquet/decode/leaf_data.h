// LeafData: all levels and values of one leaf in one row group, or in some of its rows: what
// queries over many rows start from.
//
// Made by leaf_reader.h. Texts stay dictionary codes: a condition is then decided once per distinct
// text. Owned by one query job. Inside src/parquet and src/block only.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/containers/string_ref.h"
#include "parquet/decode/level_runs.h"

namespace vivace {

// Texts that codes refer to: the chunk's dictionary first, then those that stand in the pages
// themselves.
class TextTable {
 public:
  uint32_t size() const { return static_cast<uint32_t>(texts_.size()); }
  std::string_view Text(uint32_t code) const { return texts_[code]; }
  // Keeps `bytes` and adds the pieces of it that `refs` name.
  void Add(std::string bytes, std::span<const StringRef> refs) {
    const std::string_view page = pages_.emplace_back(std::move(bytes));
    texts_.reserve(texts_.size() + refs.size());
    for (const StringRef& ref : refs) texts_.push_back(page.substr(ref.offset, ref.size));
  }

 private:
  std::deque<std::string>
      pages_;  // what texts_ points into; a deque, so that they stay where they are
  std::vector<std::string_view> texts_;
};

struct LeafData {
  uint32_t entries = 0;
  // Empty where the leaf lies in no list, or is required outside of all lists; repetition also
  // where it was not asked for.
  LevelRuns repetition;
  LevelRuns definition;
  // By value: numbers and booleans as 64 bits (integers sign-extended, doubles as IEEE 754), or
  // codes of texts.
  std::vector<uint64_t> bits;
  std::vector<uint32_t> codes;
  TextTable texts;

  size_t value_count() const { return bits.size() + codes.size(); }
};

}  // namespace vivace
