// Parquet's DELTA_LENGTH_BYTE_ARRAY (Parquet format, "Encodings"): some of the texts of a page, the
// others skipped.
//
// A pure function, any thread. Cost: the texts wanted and the lengths of those before. Inside
// src/parquet only.
#pragma once

#include <cstdint>
#include <string_view>

#include "parquet/decode/leaf_slice.h"
#include "parquet/decode/value_range.h"

namespace vivace {

// False where there are fewer, or more than `values_max` in all, or something is wrong; what has
// been appended by then is to be thrown away.
bool AppendDeltaLengthTexts(std::string_view encoded, ValueRange range, uint32_t values_max,
                            LeafSlice& out);

}  // namespace vivace
