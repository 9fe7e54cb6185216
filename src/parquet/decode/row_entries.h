// Row entries: which entries of a page belong to one row, and their levels, found from the runs of
// the encoded levels without expanding them out: a lookup wants one row of hundreds.
//
// Knows the RLE runs of the hybrid encoding (Parquet format, "Encodings") and not the bit-packed
// ones, which our writer doesn't make: where those come, or anything wrong, the answer is none.
// Pure functions, any thread; cost: a nanosecond per run. Inside src/parquet only.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vivace {

struct EntryRange {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t size() const { return end - begin; }
};

// `runs`: the repetition levels of a page of `entries`. The entries of row `row`; a row begins with
// each level of 0.
std::optional<EntryRange> FindRowEntries(std::string_view runs, uint32_t entries, uint64_t row);

// How many levels before `range` are `max`; the levels of `range` are appended to `out`. None too
// where one of them is above `max`.
std::optional<uint32_t> ReadLevels(std::string_view runs, EntryRange range, int16_t max,
                                   std::vector<int16_t>& out);

}  // namespace vivace
