// Value encoding: the values of one column chunk being encoded into pages: encodings, dictionaries
// and bounds.
//
// A chunk is either dictionary-encoded as a whole or not at all (spec/storage.md 3.10: Tempo misses
// rows in mixed chunks), so a chunk is first tried with a dictionary and written without one where
// that grows beyond its limit. Dictionary codes take whole bytes: patterns that repeat from span to
// span then stay visible to the compressor. Numbers travel as their bits, texts and attribute
// values as tokens: numbers that the column resolves to the value, equal tokens meaning equal
// values, so that a value is looked at once per chunk and not once per occurrence. Inside
// src/parquet only. Owned by one chunk's writing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/containers/code_table.h"
#include "parquet/encoded_page.h"
#include "parquet/leaf_info.h"

namespace vivace {

using ValueToken = uint32_t;
using DictionaryCode = uint16_t;  // no dictionary has more than 65,536 entries
using ResolveText = std::function<std::string_view(ValueToken)>;
using ResolveScalar = std::function<uint64_t(ValueToken)>;

// The codes of recently looked-up tokens: a direct-mapped cache of 128 KiB.
class RecentCodes {
 public:
  template <typename LookUp>
  uint32_t CodeOf(ValueToken token, LookUp&& look_up) {
    auto& [recent_token, code] = slots_[token % kSlots];
    if (recent_token != token) {
      code = look_up();
      recent_token = token;
    }
    return code;
  }

 private:
  static constexpr size_t kSlots = 1 << 14;
  static constexpr ValueToken kNoToken = 0xffffffff;  // no attribute or string has so high a code
  std::vector<std::pair<ValueToken, uint32_t>> slots_ =
      std::vector<std::pair<ValueToken, uint32_t>>(kSlots, {kNoToken, 0});
};

// The distinct texts of a chunk so far.
class TextDictionary {
 public:
  explicit TextDictionary(const ResolveText& resolve);

  // Appends the codes of a page's `tokens`. False where the dictionary has grown too large: the
  // chunk must be written without one.
  bool Add(const std::vector<ValueToken>& tokens, std::vector<DictionaryCode>& codes);
  // The distinct texts in plain encoding, in order of their codes.
  std::string PlainValues() const;
  std::optional<ValueBounds> Bounds(const std::vector<DictionaryCode>& codes) const;
  size_t size() const { return texts_.size(); }

 private:
  uint32_t CodeOf(std::string_view text);

  const ResolveText& resolve_;
  std::vector<std::string_view> texts_;
  CodeTable codes_;
  RecentCodes recent_;
  size_t bytes_ = 0;
};

// The same for numbers.
class NumberDictionary {
 public:
  explicit NumberDictionary(LeafType type)
      : type_(type), small_codes_(kSmallNumbers, CodeTable::kNone) {}

  bool Add(const std::vector<uint64_t>& values, std::vector<DictionaryCode>& codes);
  uint32_t CodeOf(uint64_t value);
  // Too large, or with a negative INT32, which parquet-go reads out of a dictionary as 2^32 more.
  bool MustNotBeUsed() const;
  std::string PlainValues() const;
  std::optional<ValueBounds> Bounds(const std::vector<DictionaryCode>& codes) const;
  size_t size() const { return values_.size(); }

 private:
  static constexpr size_t kSmallNumbers =
      2048;  // kinds, status codes, nested-set numbers: an array finds their codes

  LeafType type_;
  bool has_negative_int32_ = false;
  std::vector<uint64_t> values_;
  std::vector<uint32_t> small_codes_;  // by number
  CodeTable codes_;                    // of the others
};

// The same for numbers that are tokens.
class ScalarDictionary {
 public:
  ScalarDictionary(LeafType type, const ResolveScalar& resolve)
      : numbers_(type), resolve_(resolve) {}

  bool Add(const std::vector<ValueToken>& tokens, std::vector<DictionaryCode>& codes);
  std::string PlainValues() const { return numbers_.PlainValues(); }
  std::optional<ValueBounds> Bounds(const std::vector<DictionaryCode>& codes) const {
    return numbers_.Bounds(codes);
  }
  size_t size() const { return numbers_.size(); }

 private:
  NumberDictionary numbers_;
  const ResolveScalar& resolve_;
  RecentCodes recent_;
};

// `codes` as an RLE_DICTIONARY page body for a dictionary of `size` entries.
std::string EncodeDictionaryCodes(const std::vector<DictionaryCode>& codes, size_t size);

// The same for `count` times code 0 of a dictionary with one entry.
std::string EncodeRepeatedCode(uint32_t count);

// The zero of a type (the empty text) in plain encoding, and its bounds.
struct SingleValue {
  std::string plain;
  ValueBounds bounds;
};
SingleValue ZeroOf(LeafType type);

// A page's values without a dictionary, and their bounds (nothing where there are no values or only
// NaN).
struct EncodedValues {
  std::string body;
  std::optional<ValueBounds> bounds;
};
EncodedValues EncodeTexts(const std::vector<ValueToken>& tokens, const ResolveText& resolve,
                          PageEncoding encoding);
EncodedValues EncodeNumbers(const std::vector<uint64_t>& values, LeafType type,
                            PageEncoding encoding);

// The encoding of a column that has no dictionary.
PageEncoding FallbackEncodingOf(const LeafInfo& leaf);

}  // namespace vivace
