// ColumnValues: the values of one column chunk on their way into pages: encodings, dictionaries and bounds.
//
// A chunk is either dictionary-encoded as a whole or not at all (spec/storage.md 3.10: Tempo misses rows in mixed chunks), so a chunk is
// first tried with a dictionary and written in its plain form where that grows beyond its limit. Dictionary codes take whole bytes:
// patterns that repeat from span to span then stay visible to the compressor.
// Inside src/block only. Owned by one chunk's writing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/code_table.h"
#include "block/parquet_file_writer.h"
#include "block/schema.h"

namespace vivace {

// A value of a string or bytes column. Equal tokens mean equal text; kNoToken says nothing.
struct TextValue {
  static constexpr uint32_t kNoToken = 0xffffffff;
  std::string_view text;
  uint32_t token = kNoToken;
};

// The distinct values of a chunk so far. T is TextValue or uint64_t (the bits of a number).
template <typename T>
class ChunkDictionary {
 public:
  explicit ChunkDictionary(LeafType type) : type_(type) {}

  // Appends the codes of `values`. False where the dictionary would grow too large: the chunk must be written without one.
  bool Add(const std::vector<T>& values, std::vector<uint32_t>& codes);
  // The distinct values in plain encoding, in order of their codes.
  std::string PlainValues() const;
  const std::vector<T>& values() const { return values_; }

 private:
  uint32_t CodeOf(const T& value);

  LeafType type_;
  std::vector<T> values_;
  CodeTable codes_;
  std::vector<std::pair<uint32_t, uint32_t>> recent_;  // token, code: a small cache
  size_t bytes_ = 0;
};

// `codes` as an RLE_DICTIONARY page body for a dictionary of `size` entries.
std::string EncodeDictionaryCodes(const std::vector<uint32_t>& codes, size_t size);

// `values` in the given encoding (not kDictionary).
std::string EncodeValues(const std::vector<TextValue>& values, LeafType type, PageEncoding encoding);
std::string EncodeValues(const std::vector<uint64_t>& values, LeafType type, PageEncoding encoding);

// The smallest and largest value; nothing where there are none (or only NaN). Long strings are cut to a valid bound.
std::optional<ValueBounds> BoundsOf(const std::vector<TextValue>& values, LeafType type);
std::optional<ValueBounds> BoundsOf(const std::vector<uint64_t>& values, LeafType type);

// The encoding of a column that has no dictionary.
PageEncoding PlainEncodingOf(const LeafInfo& leaf);

}  // namespace vivace
