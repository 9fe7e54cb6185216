// AttributePairs: the attribute lists of all rows of a kind, each attribute as the number of its
// key and value together: for those who go through all attributes, whatever the number of keys.
//
//   (numbers and pairs of all rows) JoinRepeated
//
// Made by a view, which must outlive it; read-only from then on, one thread. Memory: 4 bytes for
// each attribute and row, some 50 for each distinct pair.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "columns/repeated_values.h"
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

  std::vector<uint32_t> begins;   // row i has numbers[begins[i] .. begins[i + 1]), in list order
  std::vector<uint32_t> numbers;  // in pairs, or kNone
  std::vector<Pair> pairs;        // arrays and values that can't be queried may come several times
  std::vector<std::string_view> keys;
  std::deque<std::string> storage;  // of values of several; a deque, so that they stay in place

  std::span<const uint32_t> Of(uint32_t row) const {
    if (begins.empty()) return {};
    return std::span(numbers).subspan(begins[row], begins[row + 1] - begins[row]);
  }

  // Where a row has a key several times, the first one gets all values. `key_of(i)`: the key of
  // numbers[i], kNone where that is none.
  template <typename KeyOf>
  void JoinRepeated(const KeyOf& key_of) {
    std::vector<uint32_t> last_row(keys.size(), 0);  // + 1, that has the key
    std::vector<uint32_t> repeated;
    for (uint32_t row = 0; row + 1 < begins.size(); ++row) {
      for (uint32_t i = begins[row]; i < begins[row + 1]; ++i) {
        const uint32_t key = key_of(i);
        if (key == kNone) continue;
        if (std::exchange(last_row[key], row + 1) == row + 1) repeated.push_back(key);
      }
      for (const uint32_t key : repeated) JoinValues(row, key, key_of);
      repeated.clear();
    }
  }

 private:
  // Of a key that comes more than twice also when it is already done: then one value is left.
  template <typename KeyOf>
  void JoinValues(uint32_t row, uint32_t key, const KeyOf& key_of) {
    std::vector<uint32_t> attributes;
    for (uint32_t i = begins[row]; i < begins[row + 1]; ++i) {
      if (numbers[i] != kNone && key_of(i) == key) attributes.push_back(i);
    }
    if (attributes.size() < 2) return;
    RepeatedValues values(RepeatedValues::Rule::kAny);
    for (const uint32_t i : attributes) values.Add(pairs[std::exchange(numbers[i], kNone)].value);
    numbers[attributes.front()] = static_cast<uint32_t>(pairs.size());
    pairs.push_back({key, values.Take(storage)});
  }
};

}  // namespace vivace
