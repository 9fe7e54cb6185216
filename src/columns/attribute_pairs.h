// AttributePairs: the attribute lists of all rows of a kind, each attribute as the number of its
// key and value together: for those who go through all attributes, whatever the number of keys.
//
// Made by a view, which must outlive it. Read-only; one thread. Memory: 4 bytes for each attribute,
// some 50 for each distinct pair.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "columns/span_batch.h"

namespace vivace {

struct AttributePairs {
  // In place of what is no attribute of its own: the further values of a key that a row has several
  // times, which its first one holds as well (repeated_values.h), and keys that were left out.
  static constexpr uint32_t kNone = 0xffffffff;

  struct Pair {
    uint32_t key;  // in keys
    AttributeValue value;
  };

  std::span<const uint32_t> begins;  // row i has numbers[begins[i] .. begins[i + 1]), in list order
  std::vector<uint32_t> numbers;     // in pairs, or kNone
  std::vector<Pair> pairs;  // arrays and values that can't be queried may come several times
  std::vector<std::string_view> keys;
  std::deque<std::string> storage;  // of values of several; a deque, so that they stay in place

  std::span<const uint32_t> Of(uint32_t row) const {
    if (begins.empty()) return {};
    return std::span(numbers).subspan(begins[row], begins[row + 1] - begins[row]);
  }
};

}  // namespace vivace
