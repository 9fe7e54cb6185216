// From a row of a block back to spans (spec/storage.md 3.6): slices of data.parquet and
// vivace-extra.parquet in, batch out.
//
// Attributes come as generic ones in stored order, then dedicated slots, then static columns. All
// checks are made before the batch is touched. Pure functions, any thread. Inside src/block only.
#pragma once

#include <span>

#include "base/ids.h"
#include "block/format/dedicated_columns.h"
#include "columns/span_batch_builder.h"
#include "parquet/decode/row_reader.h"

namespace vivace {

// The leaves of data.parquet from which a trace is made (not the text of its id, nested sets and
// the like). Required leaves that don't define row counts are not requested where they are all
// zero: that is what AssembleTrace takes a leaf that is not there for.
std::span<const LeafRequest> TraceLeaves();
// The same without those of events.
std::span<const LeafRequest> TraceLeavesWithoutEvents();

struct TraceRow {
  TraceId id;
  const RowSlices& data;
  const RowSlices* extra;  // may be null
};

// Appends the trace to `out`; DATA_LOSS, and nothing appended, where the slices do not fit
// together. Slices of the extra file that do not fit are left out and `extra_damaged` is set.
Status AssembleTrace(const TraceRow& row, const DedicatedSlots& slots, SpanBatchBuilder& out,
                     bool& extra_damaged);

}  // namespace vivace
