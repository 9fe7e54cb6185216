// Parquet's DELTA_BINARY_PACKED (Parquet format, "Encodings"), read from the front as far as
// needed.
//
// Pure functions, any thread; cost: a nanosecond per value. Inside src/parquet only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "parquet/decode/leaf_slice.h"
#include "parquet/decode/value_range.h"
#include "parquet/leaf_info.h"

namespace vivace {

struct DeltaValues {
  std::vector<uint64_t> values;  // two's complement, modulo 2^64
  size_t encoded_bytes = 0;      // of all values, also those that were not wanted
};

// The first `wanted` values. None where there are fewer, or more than `values_max` in all, or
// something is wrong.
std::optional<DeltaValues> ReadDeltaValues(std::string_view bytes, uint32_t wanted,
                                           uint32_t values_max);

// Some of the numbers of a page, the others skipped. False where there are fewer, or more than
// `values_max` in all, or something is wrong; what has been appended by then is to be thrown away.
bool AppendDeltaNumbers(std::string_view encoded, ValueRange range, uint32_t values_max,
                        LeafType type, LeafSlice& out);

}  // namespace vivace
