// ValueRange: which of a page's values are wanted, and how numbers are taken out of its bytes.
//
// Values and pure functions, any thread. Inside src/parquet/decode only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace vivace {

struct ValueRange {
  uint32_t skip = 0;
  uint32_t take = 0;
  uint32_t end() const { return skip + take; }
};

// The number at a position, little-endian and unaligned; it must lie within `bytes`.
template <typename T>
T ValueAt(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// As LeafSlice has numbers: 32 bits are sign-extended, whatever they mean.
inline uint64_t SignExtend(int32_t value) { return static_cast<uint64_t>(int64_t{value}); }
inline uint64_t SignExtend(uint64_t value) { return value; }

}  // namespace vivace
