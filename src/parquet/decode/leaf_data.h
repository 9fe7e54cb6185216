// LeafData: all levels and values of one leaf in one row group: what queries over many rows start from.
//
// Read with own kernels where the pages are as our writer makes them (zstd, V1), else through Arrow; tests compare the two. Texts stay
// dictionary codes: a condition is then decided once per distinct text. Owned by one query job. Inside src/parquet and src/block only.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/row_set.h"
#include "parquet/decode/leaf_slice.h"
#include "parquet/decode/level_runs.h"
#include "parquet/parquet_file.h"
#include "parquet/read_stats.h"

namespace vivace {

// Texts that codes refer to: the chunk's dictionary first, then those that stand in the pages themselves.
class TextTable {
 public:
  uint32_t size() const { return static_cast<uint32_t>(texts_.size()); }
  std::string_view Text(uint32_t code) const { return texts_[code]; }
  // Keeps `bytes` and adds the pieces of it that `refs` name.
  void Add(std::string bytes, std::span<const StringRef> refs);

 private:
  std::deque<std::string> pages_;  // what texts_ points into; a deque, so that they stay where they are
  std::vector<std::string_view> texts_;
};

struct LeafData {
  uint32_t entries = 0;
  // Empty where the leaf lies in no list, or is required outside of all lists; repetition also where it was not asked for.
  LevelRuns repetition;
  LevelRuns definition;
  // By value: numbers and booleans as 64 bits (integers sign-extended, doubles as IEEE 754), or codes of texts.
  std::vector<uint64_t> bits;
  std::vector<uint32_t> codes;
  TextTable texts;

  size_t value_count() const { return bits.size() + codes.size(); }
};

// What of a leaf is read.
enum class LeafParts : uint8_t {
  kAll,
  kValues,  // no levels
  kLevels,  // no values
};

// DATA_LOSS with the column's name where the chunk is damaged.
Result<LeafData> ReadLeaf(const ParquetFile& file, size_t row_group, size_t leaf, ReadStats& stats, LeafParts parts = LeafParts::kAll);

// The same of some rows, from the pages that they lie in (leaf_rows.h).
Result<LeafData> ReadLeafRows(const ParquetFile& file, size_t row_group, size_t leaf, const RowSet& rows, ReadStats& stats,
                              LeafParts parts = LeafParts::kAll);

// The bytes of all its pages.
Result<std::string> ReadChunk(const ParquetFile& file, size_t row_group, size_t leaf, ReadStats& stats);

// The general path alone: the twin of the own kernels.
Result<LeafData> ReadLeafByArrow(const ParquetFile& file, size_t row_group, size_t leaf, ReadStats& stats);

}  // namespace vivace
