// Parquet's RLE / bit-packing hybrid as runs (Parquet format, "Encodings"): what levels and
// dictionary codes are stored in.
//
// Any bit width up to 32. What is damaged or too short ends the decoding with false; what has been
// appended by then is to be thrown away. Pure functions, any thread; about a nanosecond per value,
// less in runs. Inside src/parquet only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace vivace {

// One run of the encoding.
struct HybridRun {
  bool is_rle = true;
  uint64_t count =
      0;  // values; of a packed run a multiple of 8, more than there may be bytes for at the end
  uint32_t value = 0;       // of a run that repeats it
  std::string_view packed;  // of a run that does not: its bytes, as far as there are any
};

// Takes the next run off the front; none where there is no whole one.
inline std::optional<HybridRun> TakeHybridRun(std::string_view& encoded, uint32_t width) {
  uint64_t head = 0;
  for (uint32_t shift = 0;; shift += 7) {
    if (encoded.empty() || shift >= 35) return std::nullopt;
    const auto byte = static_cast<uint8_t>(encoded.front());
    encoded.remove_prefix(1);
    head |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) break;
  }
  HybridRun run{.is_rle = (head & 1) == 0, .count = head >> 1};
  if (run.is_rle) {
    const size_t bytes = (width + 7) / 8;
    if (encoded.size() < bytes || run.count == 0) return std::nullopt;
    std::memcpy(&run.value, encoded.data(), bytes);
    encoded.remove_prefix(bytes);
    return run;
  }
  const uint64_t bytes = run.count * width;
  run.count *= 8;
  if (run.count == 0) return std::nullopt;
  run.packed = encoded.substr(0, std::min<uint64_t>(bytes, encoded.size()));
  encoded.remove_prefix(run.packed.size());
  return run;
}

// Appends `count` values of `width` bits. False where there are not so many.
bool AppendPacked(std::string_view packed, uint32_t width, uint32_t count,
                  std::vector<uint8_t>& out);
bool AppendPacked(std::string_view packed, uint32_t width, uint32_t count,
                  std::vector<uint32_t>& out);

// Appends `count` values of `bit_width` bits to `out`.
bool AppendHybrid(std::string_view encoded, uint32_t bit_width, uint32_t count,
                  std::vector<uint32_t>& out);

}  // namespace vivace
