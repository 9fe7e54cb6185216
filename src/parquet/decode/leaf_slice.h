// LeafSlice: the levels and values of one leaf for one row, decoded: what Dremel assembly starts
// from.
//
// A plain value that owns its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/containers/string_ref.h"

namespace vivace {

struct LeafSlice {
  static constexpr size_t kBytesMax = size_t{1} << 30;

  // One entry per value, null or empty list of the row.
  std::vector<int16_t> repetition;
  std::vector<int16_t> definition;
  // One per entry that has a value: numbers and booleans as 64 bits (integers sign-extended,
  // doubles as IEEE 754), or pieces of bytes.
  std::vector<uint64_t> bits;
  std::vector<StringRef> texts;
  std::string bytes;

  // False where the row's bytes would become too many.
  bool AppendText(std::string_view text) {
    if (bytes.size() + text.size() > kBytesMax) return false;
    texts.push_back({static_cast<uint32_t>(bytes.size()), static_cast<uint32_t>(text.size())});
    bytes.append(text);
    return true;
  }
  std::string_view Text(size_t value) const {
    return {bytes.data() + texts[value].offset, texts[value].size};
  }
};

}  // namespace vivace
