// HybridRuns: the RLE / bit-packing hybrid of Parquet (format, "Encodings"), which levels and dictionary codes are stored in.
//
// Any bit width up to 32. What is damaged or too short ends the decoding with false; what has been appended by then is to be thrown away.
// A pure function, any thread; about a nanosecond a value, less in runs. Inside src/block only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace vivace {

// Appends `count` values of `bit_width` bits to `out`.
bool AppendHybrid(std::string_view encoded, uint32_t bit_width, uint32_t count, std::vector<uint8_t>& out);
bool AppendHybrid(std::string_view encoded, uint32_t bit_width, uint32_t count, std::vector<uint32_t>& out);

}  // namespace vivace
