// LeafDictionary: the dictionary of one column chunk, decoded, so that a code leads to its value at
// once.
//
// Kept by a ParquetFile from the first read on: half of a lookup's bytes were dictionaries, the
// same ones again and again. Immutable, any thread. About the size of the page, and for texts 8
// bytes per entry. Inside src/parquet and src/block only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "parquet/decode/leaf_slice.h"
#include "parquet/leaf_info.h"
#include "parquet/read_stats.h"

namespace vivace {

class ParquetFile;
struct ColumnChunk;

class LeafDictionary {
 public:
  // `plain` holds `count` values in plain encoding. None where it does not, and for booleans, which
  // have no dictionary.
  static std::optional<LeafDictionary> Make(std::string plain, uint32_t count, LeafType type);

  size_t size() const { return texts_.size() + bits_.size(); }
  // Of columns of bytes, by code.
  size_t text_count() const { return texts_.size(); }
  std::string_view Text(uint32_t code) const {
    return std::string_view(bytes_).substr(texts_[code].offset, texts_[code].size);
  }
  // Appends the value of a code below size(). False where the row would become too large.
  bool Append(uint32_t code, LeafSlice& out) const {
    if (texts_.empty()) {
      out.bits.push_back(bits_[code]);
      return true;
    }
    return out.AppendText(std::string_view(bytes_).substr(texts_[code].offset, texts_[code].size));
  }

  size_t MemoryBytes() const {
    return sizeof *this + bytes_.capacity() + texts_.capacity() * sizeof(StringRef) +
           bits_.capacity() * 8;
  }

 private:
  std::string bytes_;             // what texts_ points into
  std::vector<StringRef> texts_;  // by code; of columns of bytes
  std::vector<uint64_t> bits_;    // by code; of columns of numbers
};

// From the dictionary page of a chunk, header and body; null where it is damaged, or of another
// kind than our writer's.
std::shared_ptr<const LeafDictionary> DecodeDictionary(std::string_view page,
                                                       const ColumnChunk& chunk, LeafType type);

// The kept dictionary of a chunk, or else its page is read and it is kept from now on. Null where
// the chunk has none, or one of another kind than our writer's.
Result<std::shared_ptr<const LeafDictionary>> ReadDictionary(const ParquetFile& file,
                                                             size_t row_group, size_t leaf,
                                                             ReadStats& stats);

}  // namespace vivace
