// LeafData: all levels and values of one leaf in one row group: what queries over many rows start from.
//
// Read with own kernels where the pages are as our writer makes them (zstd, V1), else through Arrow; tests compare the two. Texts stay
// dictionary codes: a condition is then decided once per distinct text. Owned by one query job. Inside src/block only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "block/parquet_file.h"
#include "block/read_stats.h"

namespace vivace {

// Texts that codes refer to: the chunk's dictionary first, then those that stand in the pages themselves.
class TextTable {
 public:
  uint32_t size() const { return static_cast<uint32_t>(texts_.size()); }
  std::string_view Text(uint32_t code) const { return {bytes_.data() + texts_[code].offset, texts_[code].size}; }
  // False where the texts would become too many bytes.
  bool Append(std::string_view text);
  size_t MemoryBytes() const { return bytes_.capacity() + texts_.capacity() * sizeof(StringRef); }

 private:
  std::string bytes_;
  std::vector<StringRef> texts_;
};

struct LeafData {
  uint32_t entries = 0;
  // By entry; empty where the leaf lies in no list, or is required outside of all lists.
  std::vector<uint8_t> repetition;
  std::vector<uint8_t> definition;
  // By value: numbers and booleans as 64 bits (integers sign-extended, doubles as IEEE 754), or codes of texts.
  std::vector<uint64_t> bits;
  std::vector<uint32_t> codes;
  TextTable texts;

  size_t value_count() const { return bits.size() + codes.size(); }
};

// DATA_LOSS with the column's name where the chunk is damaged.
Result<LeafData> ReadLeaf(const ParquetFile& file, size_t row_group, size_t leaf, ReadStats& stats);

// The general path alone: the twin of the own kernels.
Result<LeafData> ReadLeafByArrow(const ParquetFile& file, size_t row_group, size_t leaf, ReadStats& stats);

}  // namespace vivace
