// Feeds an IndexBuilder from a row group as it is read: for blocks that were written without an
// index. Loads every column once, one after the other. The thread of the caller.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "block/index/index_builder.h"
#include "columns/column_view.h"

namespace vivace {

// `view`: of the whole row group. `file_bytes`: what it takes of data.parquet. The view's errors;
// after one the builder is of no use any more.
Status IndexRowGroup(ColumnView& view, uint64_t file_bytes, IndexBuilder& builder);

}  // namespace vivace
