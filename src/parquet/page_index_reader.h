// The page index of a row group: where the pages of each leaf lie (offset index), and between which
// values theirs lie (column index).
//
// Pure functions, any thread. Cost: one read. Damage is DATA_LOSS with the column's name: what is
// returned has been checked against the row group. Inside src/parquet only.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "parquet/leaf_info.h"
#include "parquet/object_source.h"
#include "parquet/read_stats.h"
#include "parquet/row_group.h"

namespace parquet {
class ColumnDescriptor;
}

namespace vivace {

// Of all leaves.
Result<PageLocations> ReadPageLocations(const ObjectSource& source, const RowGroup& group,
                                        std::span<const LeafInfo> leaves, ReadStats& stats);

// Of each page of one leaf; empty where the file has none.
Result<std::vector<PageBounds>> ReadPageBounds(const ObjectSource& source, const ColumnChunk& chunk,
                                               const parquet::ColumnDescriptor& column,
                                               const LeafInfo& leaf, ReadStats& stats);

}  // namespace vivace
