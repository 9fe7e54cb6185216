// Parquet's DELTA_BINARY_PACKED (Parquet format, "Encodings"), read from the front as far as
// needed.
//
// A pure function, any thread; cost: a nanosecond a value. Inside src/parquet and src/block only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vivace {

struct DeltaValues {
  std::vector<uint64_t> values;  // two's complement, modulo 2^64
  size_t encoded_bytes = 0;      // of all values, also those that were not wanted
};

// The first `wanted` values. None where there are fewer, or more than `values_max` in all, or
// something is wrong.
std::optional<DeltaValues> ReadDeltaValues(std::string_view bytes, uint32_t wanted,
                                           uint32_t values_max);

}  // namespace vivace
