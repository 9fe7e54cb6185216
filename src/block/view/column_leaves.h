// ColumnLeaves: the leaves that a view (block_view.h) reads for a column, to be fetched ahead. One
// more or less changes no answer, only what has to be waited for. Pure, any thread.
#pragma once

#include "block/format/dedicated_columns.h"
#include "columns/column_view.h"
#include "parquet/leaf_set.h"

namespace vivace {

// Of attributes without a leaf of their own: keys and values of the list.
LeafSet ColumnLeaves(const DedicatedSlots& slots, const ColumnName& column);

}  // namespace vivace
