// PairNumbers: gives numbers to pairs of key and value, the same number to equal ones.
//
// A text mostly comes under one key, so that each text remembers the number that it got first; all
// else is looked up by hash. Made for one list, one thread. Memory: 8 bytes per text and at most
// kBytesPerPair for each pair, with what AttributePairs hold of it; the caller takes it from the
// budget. Inside src/block only.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <vector>

#include "base/hash/fast_hash.h"
#include "columns/attribute_pairs.h"
#include "parquet/decode/leaf_data.h"

namespace vivace {

class PairNumbers {
 public:
  static constexpr size_t kBytesPerPair = 2 * sizeof(AttributePairs::Pair) + 32;
  static constexpr size_t kBytesPerText = 8;

  // `texts`: of the list's values, null where none is a text. All must outlive this.
  PairNumbers(AttributePairs& pairs, const TextTable* texts)
      : pairs_(pairs), texts_(texts), firsts_(texts == nullptr ? 0 : texts->size()) {}

  uint32_t OfText(uint32_t key, uint32_t text) {
    First& first = firsts_[text];
    if (first.key == key) return first.number;
    return OfFurtherText(key, text);
  }
  // Also of booleans.
  uint32_t OfNumber(uint32_t key, ValueKind kind, uint64_t bits) {
    const auto [at, is_new] =
        numbers_.try_emplace({key, kind, bits}, static_cast<uint32_t>(pairs_.pairs.size()));
    if (is_new) pairs_.pairs.push_back({key, {kind, {}, bits}});
    return at->second;
  }
  // A number of its own.
  uint32_t OfOther(uint32_t key, const AttributeValue& value) {
    pairs_.pairs.push_back({key, value});
    return static_cast<uint32_t>(pairs_.pairs.size() - 1);
  }

 private:
  // The pair that a text was seen in first.
  struct First {
    uint32_t key = AttributePairs::kNone;
    uint32_t number = 0;
  };
  struct Number {
    uint32_t key;
    ValueKind kind;
    uint64_t bits;
    friend bool operator==(const Number&, const Number&) = default;
  };
  struct NumberHash {
    using is_avalanching = void;
    size_t operator()(const Number& number) const {
      return FoldedProduct(
          number.bits ^ kFastHashSeed,
          (uint64_t{number.key} << 8 | static_cast<uint64_t>(number.kind)) ^ 0x9e3779b97f4a7c15);
    }
  };
  uint32_t OfFurtherText(uint32_t key, uint32_t text) {
    First& first = firsts_[text];
    if (first.key != AttributePairs::kNone) {
      const auto next = static_cast<uint32_t>(pairs_.pairs.size());
      const auto [at, is_new] = numbers_.try_emplace({key, ValueKind::kString, text}, next);
      if (!is_new) return at->second;
    } else {
      first = {key, static_cast<uint32_t>(pairs_.pairs.size())};
    }
    return OfOther(key, AttributeValue::String(texts_->Text(text)));
  }

  AttributePairs& pairs_;
  const TextTable* texts_;
  std::vector<First> firsts_;                                        // by text
  boost::unordered_flat_map<Number, uint32_t, NumberHash> numbers_;  // of texts: their code
};

}  // namespace vivace
