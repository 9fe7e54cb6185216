// Parquet's RLE_DICTIONARY (Parquet format, "Encodings"): some of the values of a page looked up in
// the leaf's dictionary, the others skipped.
//
// Codes of whole bytes only, as our writer makes them. A pure function, any thread. Cost: the
// values wanted and the runs before. Inside src/parquet only.
#pragma once

#include <string_view>

#include "parquet/decode/leaf_dictionary.h"
#include "parquet/decode/leaf_slice.h"
#include "parquet/decode/value_range.h"

namespace vivace {

// False for codes of other widths, and where something is wrong; what has been appended by then is
// to be thrown away.
bool AppendDictionaryValues(std::string_view encoded, ValueRange range,
                            const LeafDictionary& dictionary, LeafSlice& out);

}  // namespace vivace
