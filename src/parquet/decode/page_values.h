// Page values: some of the values of a page decoded, the others skipped rather than decoded.
//
// The encodings that our writer uses; of dictionary codes those that take whole bytes. Anything
// else, or wrong, is false, and what has been appended by then is to be thrown away. Pure
// functions, any thread. Cost: the values wanted, for texts without dictionary and deltas also
// those before. Inside src/parquet and src/block only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "parquet/decode/leaf_dictionary.h"
#include "parquet/decode/leaf_slice.h"
#include "parquet/leaf_info.h"

namespace vivace {

struct ValueRange {
  uint32_t skip = 0;
  uint32_t take = 0;
  uint32_t end() const { return skip + take; }
};

bool AppendPlainValues(std::string_view plain, ValueRange range, LeafType type, LeafSlice& out);
// The positions of texts within `plain`.
bool LocatePlainTexts(std::string_view plain, ValueRange range, std::vector<StringRef>& out);
// `values_max`: no page has more.
bool AppendDeltaNumbers(std::string_view encoded, ValueRange range, uint32_t values_max,
                        LeafType type, LeafSlice& out);
bool AppendDeltaLengthTexts(std::string_view encoded, ValueRange range, uint32_t values_max,
                            LeafSlice& out);
bool AppendDictionaryValues(std::string_view encoded, ValueRange range,
                            const LeafDictionary& dictionary, LeafSlice& out);

}  // namespace vivace
