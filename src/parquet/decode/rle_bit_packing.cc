#include "parquet/decode/rle_bit_packing.h"

namespace vivace {
namespace {

// Value number `index` of values of `width` bits.
uint32_t Unpack(std::string_view packed, uint32_t width, uint64_t index) {
  const uint64_t bit = index * width;
  uint64_t word = 0;
  std::memcpy(&word, packed.data() + bit / 8,
              std::min<size_t>(sizeof word, packed.size() - bit / 8));
  return static_cast<uint32_t>((word >> (bit % 8)) & ((uint64_t{1} << width) - 1));
}

template <typename T>
bool Append(std::string_view packed, uint32_t width, uint32_t count, std::vector<T>& out) {
  if ((uint64_t{count} * width + 7) / 8 > packed.size()) return false;
  const size_t begin = out.size();
  out.resize(begin + count);
  T* to = out.data() + begin;
  if (width == 8) {
    const auto* from = reinterpret_cast<const uint8_t*>(packed.data());
    for (uint32_t i = 0; i < count; ++i) to[i] = static_cast<T>(from[i]);
  } else if (width == 16) {
    const char* from = packed.data();
    for (uint32_t i = 0; i < count; ++i) {
      uint16_t value = 0;
      std::memcpy(&value, from + size_t{i} * 2, sizeof value);
      to[i] = static_cast<T>(value);
    }
  } else {
    for (uint32_t i = 0; i < count; ++i) to[i] = static_cast<T>(Unpack(packed, width, i));
  }
  return true;
}

}  // namespace

bool AppendPacked(std::string_view packed, uint32_t width, uint32_t count,
                  std::vector<uint8_t>& out) {
  return Append(packed, width, count, out);
}
bool AppendPacked(std::string_view packed, uint32_t width, uint32_t count,
                  std::vector<uint32_t>& out) {
  return Append(packed, width, count, out);
}

bool AppendHybrid(std::string_view encoded, uint32_t bit_width, uint32_t count,
                  std::vector<uint32_t>& out) {
  if (bit_width > 32) return false;
  while (count > 0) {
    const std::optional<HybridRun> run = TakeHybridRun(encoded, bit_width);
    if (!run.has_value()) return false;
    const auto taken = static_cast<uint32_t>(std::min<uint64_t>(run->count, count));
    count -= taken;
    if (run->is_rle) {
      out.insert(out.end(), taken, run->value);
    } else if (!AppendPacked(run->packed, bit_width, taken, out)) {
      return false;
    }
  }
  return true;
}

}  // namespace vivace
