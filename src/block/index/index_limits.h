// How much a block's index may hold; beyond it things are left out (docs/index-file.md).
#pragma once

#include <cstddef>
#include <cstdint>

namespace vivace {

// Of an index, the part of data.parquet that it may take; small blocks have more to know than that.
inline constexpr uint64_t kIndexShareOfData = 20;  // a twentieth
inline constexpr uint64_t kIndexBytesAlways = 64 * 1024;

// Of traces the newest: so many, as long as they take no more of data.parquet than that.
inline constexpr size_t kIndexNewestMax = 4096;
inline constexpr uint64_t kIndexNewestShareOfData = 100;
inline constexpr uint64_t kIndexNewestBytesAlways = 16 * 1024;
inline constexpr uint64_t kIndexNewestTraceBytes = 40;  // of one, about

// A column's values are listed up to here.
inline constexpr size_t kIndexListedValuesMax = 255;
inline constexpr size_t kIndexListedTextMax = 8 * 1024;
// What a list takes at most with that, uncompressed.
inline constexpr size_t kIndexListBytesMax = 64 * 1024;

// Counts: groups of (service, name, kind, status), minutes of all groups together, powers of two of
// durations of all minutes together, and the part of data.parquet that the section may take.
inline constexpr size_t kIndexGroupsMax = 100'000;
inline constexpr size_t kIndexCellsMax = 1'000'000;
inline constexpr size_t kIndexBucketsMax = 4'000'000;
inline constexpr uint64_t kIndexCountsShareOfData = 100;
inline constexpr uint64_t kIndexCountsBytesAlways = 16 * 1024;

}  // namespace vivace
