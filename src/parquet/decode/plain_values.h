// Parquet's PLAIN (Parquet format, "Encodings"): some of the values of a page decoded, the others
// skipped.
//
// False where the page ends before them; what has been appended by then is to be thrown away. Pure
// functions, any thread. Cost: the values wanted, for texts also those before. Inside src/parquet
// only.
#pragma once

#include <string_view>
#include <vector>

#include "parquet/decode/leaf_slice.h"
#include "parquet/decode/value_range.h"
#include "parquet/leaf_info.h"

namespace vivace {

bool AppendPlainValues(std::string_view plain, ValueRange range, LeafType type, LeafSlice& out);
// The positions of texts within `plain`.
bool LocatePlainTexts(std::string_view plain, ValueRange range, std::vector<StringRef>& out);

}  // namespace vivace
