// LeafDictionary: the dictionary of one column chunk, decoded, so that a code leads to its value at once.
//
// Kept by a ParquetFile from the first lookup on: half of a lookup's bytes were dictionaries, the same ones again and again. Immutable,
// any thread. About the size of the page, and for texts 8 bytes an entry. Inside src/parquet and src/block only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "block/format/schema.h"
#include "parquet/decode/leaf_slice.h"

namespace vivace {

class LeafDictionary {
 public:
  // `plain` holds `count` values in plain encoding. None where it does not, and for booleans, which have no dictionary.
  static std::optional<LeafDictionary> Make(std::string plain, uint32_t count, LeafType type);

  size_t size() const { return texts_.size() + bits_.size(); }
  // Of columns of bytes, by code.
  size_t text_count() const { return texts_.size(); }
  std::string_view Text(uint32_t code) const { return std::string_view(bytes_).substr(texts_[code].offset, texts_[code].size); }
  // Appends the value of a code below size(). False where the row would become too large.
  bool Append(uint32_t code, LeafSlice& out) const {
    if (texts_.empty()) {
      out.bits.push_back(bits_[code]);
      return true;
    }
    return out.AppendText(std::string_view(bytes_).substr(texts_[code].offset, texts_[code].size));
  }

  size_t MemoryBytes() const { return sizeof *this + bytes_.capacity() + texts_.capacity() * sizeof(StringRef) + bits_.capacity() * 8; }

 private:
  std::string bytes_;             // what texts_ points into
  std::vector<StringRef> texts_;  // by code; of columns of bytes
  std::vector<uint64_t> bits_;    // by code; of columns of numbers
};

}  // namespace vivace
