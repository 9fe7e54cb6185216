// Page pruning: which rows of a row group may have a value that a query asks for, by the bounds of
// its columns' pages (the column index).
//
// Rare outliers are what it finds: long spans, high status codes, attributes that few pages have.
// Bounds are kept by the ParquetFile. Any thread. Inside src/block only.
#pragma once

#include "base/containers/row_set.h"
#include "block/format/dedicated_columns.h"
#include "columns/column_view.h"
#include "parquet/parquet_file.h"

namespace vivace {

// The rows that are left out certainly have no value in the column that passes.
Result<RowSet> RowsThatMayMatch(const ParquetFile& file, size_t row_group,
                                const DedicatedSlots& slots, const ColumnName& column,
                                const RangePredicate& may_pass, ReadStats& stats);

}  // namespace vivace
