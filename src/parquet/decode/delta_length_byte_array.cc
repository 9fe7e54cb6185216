#include "parquet/decode/delta_length_byte_array.h"

#include <optional>

#include "parquet/decode/delta_binary_packed.h"

namespace vivace {

bool AppendDeltaLengthTexts(std::string_view encoded, ValueRange range, uint32_t values_max,
                            LeafSlice& out) {
  const std::optional<DeltaValues> lengths = ReadDeltaValues(encoded, range.end(), values_max);
  if (!lengths.has_value()) return false;
  uint64_t at = lengths->encoded_bytes;
  for (size_t i = 0; i < range.end(); ++i) {
    const uint64_t size = lengths->values[i];
    if (size > encoded.size() - at) return false;
    if (i >= range.skip && !out.AppendText(encoded.substr(at, size))) return false;
    at += size;
  }
  return true;
}

}  // namespace vivace
