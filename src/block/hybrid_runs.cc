#include "block/hybrid_runs.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace vivace {
namespace {

constexpr uint32_t kGroup = 8;  // values of a bit-packed group

std::optional<uint32_t> TakeVarint(std::string_view& bytes) {
  uint32_t value = 0;
  for (uint32_t shift = 0; shift < 35 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= uint32_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

uint32_t LoadLittleEndian(std::string_view bytes, size_t count) {
  uint32_t value = 0;
  std::memcpy(&value, bytes.data(), count);
  return value;
}

// Value number `index` of values of `width` bits.
uint32_t Unpack(std::string_view packed, uint32_t width, uint64_t index) {
  const uint64_t bit = index * width;
  uint64_t word = 0;
  std::memcpy(&word, packed.data() + bit / 8, std::min<size_t>(sizeof word, packed.size() - bit / 8));
  return static_cast<uint32_t>((word >> (bit % 8)) & ((uint64_t{1} << width) - 1));
}

template <typename T>
void AppendPacked(std::string_view packed, uint32_t width, uint32_t count, std::vector<T>& out) {
  const size_t begin = out.size();
  out.resize(begin + count);
  T* to = out.data() + begin;
  if (width == 8) {
    for (uint32_t i = 0; i < count; ++i) to[i] = static_cast<T>(static_cast<uint8_t>(packed[i]));
  } else if (width == 16) {
    for (uint32_t i = 0; i < count; ++i) to[i] = static_cast<T>(LoadLittleEndian(packed.substr(size_t{i} * 2), 2));
  } else {
    for (uint32_t i = 0; i < count; ++i) to[i] = static_cast<T>(Unpack(packed, width, i));
  }
}

template <typename T>
bool Append(std::string_view encoded, uint32_t width, uint32_t count, std::vector<T>& out) {
  if (width > 32) return false;
  const size_t value_bytes = (width + 7) / 8;
  while (count > 0) {
    const std::optional<uint32_t> head = TakeVarint(encoded);
    if (!head.has_value()) return false;
    const bool repeats = (*head & 1) == 0;
    if (repeats) {
      if (encoded.size() < value_bytes) return false;
      const uint32_t run = std::min(*head >> 1, count);
      out.insert(out.end(), run, static_cast<T>(LoadLittleEndian(encoded, value_bytes)));
      encoded.remove_prefix(value_bytes);
      count -= run;
      continue;
    }
    const uint64_t run = uint64_t{*head >> 1} * kGroup;
    const uint64_t bytes = uint64_t{*head >> 1} * width;
    const auto taken = static_cast<uint32_t>(std::min<uint64_t>(run, count));
    if ((uint64_t{taken} * width + 7) / 8 > encoded.size()) return false;
    AppendPacked(encoded, width, taken, out);
    encoded.remove_prefix(std::min<uint64_t>(bytes, encoded.size()));
    count -= taken;
    if (run == 0 && bytes == 0 && encoded.empty()) return false;
  }
  return true;
}

}  // namespace

bool AppendHybrid(std::string_view encoded, uint32_t bit_width, uint32_t count, std::vector<uint8_t>& out) {
  return Append(encoded, bit_width, count, out);
}
bool AppendHybrid(std::string_view encoded, uint32_t bit_width, uint32_t count, std::vector<uint32_t>& out) {
  return Append(encoded, bit_width, count, out);
}

}  // namespace vivace
