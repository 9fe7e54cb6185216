#include "parquet/decode/level_runs.h"

#include <algorithm>

#include "parquet/decode/rle_bit_packing.h"

namespace vivace {

// Runs of up to 63 levels take two bytes, and nearly all are that short: a loop of their own for
// them (measured: three times as fast).
void LevelRuns::TakeShortRuns(std::string_view& encoded, uint32_t& count) {
  const auto* at = reinterpret_cast<const uint8_t*>(encoded.data());
  const auto* const end = at + encoded.size();
  const size_t size = words_.size();
  words_.resize(size + encoded.size() / 2);
  uint32_t* to = words_.data() + size;
  uint32_t left = count;
  while (end - at >= 2 && (at[0] & 0x81) == 0 && at[0] != 0 && at[1] <= kLevelMax &&
         at[0] >> 1 <= left) {
    const uint32_t run = at[0] >> 1;
    left -= run;
    *to++ = run << kLevelBits | at[1];
    at += 2;
  }
  words_.resize(static_cast<size_t>(to - words_.data()));
  entries_ += count - left;
  count = left;
  encoded.remove_prefix(encoded.size() - static_cast<size_t>(end - at));
}

bool LevelRuns::AddHybrid(std::string_view encoded, uint32_t width, uint32_t count) {
  if (width == 0 || width > kLevelBits) return false;
  std::vector<uint8_t> unpacked;
  while (count > 0) {
    TakeShortRuns(encoded, count);
    if (count == 0) return true;
    const std::optional<HybridRun> run = TakeHybridRun(encoded, width);
    if (!run.has_value()) return false;
    const auto taken = static_cast<uint32_t>(std::min<uint64_t>(run->count, count));
    count -= taken;
    if (run->is_rle) {
      if (run->value > kLevelMax) return false;
      Add(run->value, taken);
      continue;
    }
    unpacked.clear();
    if (!AppendPacked(run->packed, width, taken, unpacked)) return false;
    for (const uint8_t level : unpacked) Add(level, 1);
  }
  return true;
}

uint32_t LevelRuns::CountOf(uint32_t level) const {
  uint32_t count = 0;
  for (const uint32_t word : words_) count += (word & kLevelMax) == level ? word >> kLevelBits : 0;
  return count;
}

std::vector<uint32_t> RowBegins(const LevelRuns& repetition, const LevelRuns& definition,
                                uint32_t depth, uint32_t item_level, uint32_t rows) {
  std::vector<uint32_t> begins;
  begins.reserve(rows + 1);
  uint32_t items = 0;
  ForEachLevelRun(repetition, definition,
                  [&](uint32_t repeated, uint32_t defined, uint32_t entries) {
                    const uint32_t step = defined >= item_level ? 1 : 0;
                    if (repeated > depth || defined < depth) {
                      items += step * entries;
                      return;
                    }
                    for (uint32_t i = 0; i < entries; ++i, items += step) begins.push_back(items);
                  });
  begins.push_back(items);
  return begins;
}

}  // namespace vivace
