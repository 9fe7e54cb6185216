// Page pruning: which rows of a row group may have a value that a query asks for, by the bounds of its columns' pages (the column index).
//
// Rare outliers are what it finds: long spans, high status codes, attributes that few pages have. Bounds are kept by the ParquetFile. Any
// thread. Inside src/block only.
#pragma once

#include "block/dedicated_columns.h"
#include "block/parquet_file.h"
#include "columns/column_view.h"
#include "columns/row_set.h"

namespace vivace {

// The rows that are left out certainly have no value in the column that passes.
Result<RowSet> RowsThatMayHave(const ParquetFile& file, size_t row_group, const DedicatedSlots& slots, const ColumnName& column,
                               const RangeTest& may_pass, ReadStats& stats);

}  // namespace vivace
