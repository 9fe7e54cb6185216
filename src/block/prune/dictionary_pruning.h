// Dictionary pruning: whether a row group can have a value that a query asks for, by the
// dictionaries of its columns alone.
//
// A column chunk with a dictionary has no values beside it (docs/block-format.md; Tempo relies on
// the same). Dictionaries are kept by the ParquetFile, so that a value that does not occur costs
// next to nothing the second time. Any thread. Inside src/block only.
#pragma once

#include <optional>
#include <string_view>

#include "block/format/dedicated_columns.h"
#include "block/format/schema.h"
#include "columns/column_view.h"
#include "parquet/parquet_file.h"
#include "parquet/read_stats.h"

namespace vivace {

// False is certain: no row has a value in the column that passes.
Result<bool> ColumnMayMatch(const ParquetFile& file, size_t row_group, const DedicatedSlots& slots,
                            const ColumnName& column, const ValuePredicate& passes,
                            ReadStats& stats);

// The leaf that has all values of the column in the row group; none where they may also be in other
// leaves, or there are none.
Result<std::optional<Leaf>> SoleLeafOf(const ParquetFile& file, size_t row_group,
                                       const DedicatedSlots& slots, const ColumnName& column,
                                       ReadStats& stats);

// Whether the generic attributes of `owner` may have the key: false is certain.
Result<bool> ListsMayContainKey(const ParquetFile& file, size_t row_group, RowKind owner,
                                std::string_view key, ReadStats& stats);

}  // namespace vivace
