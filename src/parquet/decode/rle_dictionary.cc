#include "parquet/decode/rle_dictionary.h"

#include <algorithm>
#include <optional>

#include "parquet/decode/rle_bit_packing.h"

namespace vivace {
namespace {

uint32_t CodeAt(const HybridRun& run, size_t code_bytes, uint64_t index) {
  if (run.is_rle) return run.value;
  const size_t at = index * code_bytes;
  if (code_bytes == 1) return ValueAt<uint8_t>(run.packed, at);
  return code_bytes == 2 ? ValueAt<uint16_t>(run.packed, at) : ValueAt<uint32_t>(run.packed, at);
}

}  // namespace

bool AppendDictionaryValues(std::string_view encoded, ValueRange range,
                            const LeafDictionary& dictionary, LeafSlice& out) {
  const uint32_t width = encoded.empty() ? 0 : static_cast<uint8_t>(encoded[0]);
  if (width != 8 && width != 16 && width != 32) return false;
  const size_t code_bytes = width / 8;
  encoded.remove_prefix(1);
  uint64_t begin = 0;  // the number of the run's first value
  while (begin < range.end()) {
    const std::optional<HybridRun> run = TakeHybridRun(encoded, width);
    if (!run.has_value()) return false;
    const uint64_t end = std::min<uint64_t>(begin + run->count, range.end());
    if (!run->is_rle && run->packed.size() < (end - begin) * code_bytes) return false;
    for (uint64_t i = std::max<uint64_t>(begin, range.skip); i < end; ++i) {
      const uint32_t code = CodeAt(*run, code_bytes, i - begin);
      if (code >= dictionary.size() || !dictionary.Append(code, out)) return false;
    }
    begin += run->count;
  }
  return true;
}

}  // namespace vivace
