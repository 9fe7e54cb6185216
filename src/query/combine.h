// Combine: makes one trace of the fragments that were found: repeated spans dropped, ids shared by
// a client and its server made distinct, spans in order of time (spec/api.md 1.2.2). Costs one
// sort; the batch is not copied.
#pragma once

#include <cstdint>
#include <vector>

#include "columns/span_batch.h"

namespace vivace {

// The rows of `batch` (all of one trace) to show, by (start time, span id). Of rows with the same
// span id and kind the first stays. Where a SERVER span has the id of a CLIENT span (Zipkin does
// that) its row gets a new id, the smallest unused counter from 1 on, and the shared id as parent;
// spans that were children of the shared id become children of the new one.
std::vector<uint32_t> CombineTrace(SpanBatch& batch);

}  // namespace vivace
