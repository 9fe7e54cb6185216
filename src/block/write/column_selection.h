// Choices that a block makes from what its segment holds: which attributes get a free dedicated
// column, and in which order the others stand in their lists.
//
// High-cardinality values (ids, URLs with parameters) would force the shared value column out of
// its dictionary; in a slot of their own they cost less and leave the rest to a small dictionary.
// Measured on the shop data: 16 instead of 30 bytes per span for attribute values. Within a list,
// attributes whose keys have few values come first, so that what repeats from span to span stands
// together. Pure functions of a sealed segment, about 30 ms per million spans.
#pragma once

#include <cstdint>
#include <vector>

#include "block/format/dedicated_columns.h"
#include "columns/segment.h"

namespace vivace {

// `columns` (already filtered for vParquet4) plus, in free span slots, the span attributes with the
// most bytes of high-cardinality strings.
DedicatedColumns AddHighCardinalityColumns(const Segment& segment, DedicatedColumns columns);

// For each key of the segment its rank in a list: lower comes first.
std::vector<uint32_t> RankKeys(const Segment& segment);

}  // namespace vivace
