// What vivace-index.bin knows of its block, as values: the same for who builds an index and for who
// reads one (docs/index-file.md). What queries ask for beside traces: columns/source_summary.h.
//
// Plain values: read-only and shared by all threads once they are read. Rows are those of the
// block: row groups follow each other, in each the rows stand as a ColumnView of it has them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "columns/column_view.h"
#include "columns/source_summary.h"

namespace vivace {

// The traces of the block that began last: in descending order of start, then ascending of row; for
// all vectors an entry per trace. No other trace of the block comes before the last of them. Times
// and roots are what a view of the block gives as Field::kTraceStart, kTraceEnd, kTraceRootService
// and kTraceRootName. 44 bytes per trace.
struct NewestTraces {
  std::vector<uint32_t> rows;
  std::vector<TraceId> ids;
  std::vector<uint64_t> start_unix_nanos;
  std::vector<uint64_t> end_unix_nanos;
  // Codes of the tables below; Column::kMissing: none.
  std::vector<uint32_t> root_services;
  std::vector<uint32_t> root_names;
  std::shared_ptr<const ValueTable> services;  // distinct texts
  std::shared_ptr<const ValueTable> names;

  size_t size() const { return rows.size(); }
};

}  // namespace vivace
