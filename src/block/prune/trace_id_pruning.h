// Trace id pruning: which row groups of a block may hold a trace, by what is known of their ids.
//
// Rows are in order of their ids, so that almost always one row group is left. Any thread; cost: a
// comparison per row group. Inside src/block only.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "block/format/row_group_index.h"
#include "parquet/parquet_file.h"

namespace vivace {

// The others certainly do not hold `id`. `read_index`: the block's `index` object, none where it is
// missing or damaged; called only where the file has no statistics of its ids.
std::vector<size_t> GroupsThatMayContain(
    const ParquetFile& file, const TraceId& id,
    const std::function<std::optional<RowGroupIndex>()>& read_index);

}  // namespace vivace
