// A trace as protobuf: tempopb.Trace for /api/traces/{id} and tempopb.TraceByIDResponse for v2
// (spec/api.md 2.4).
//
// Wire-identical with OTLP's TracesData, nothing that was received is left out. Pure functions, any
// thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "api/responses/trace_json.h"
#include "columns/span_batch.h"

namespace vivace {

// tempopb.Trace of the given rows, as CombineTrace returned them.
std::string TraceToProtobuf(const SpanBatch& batch, std::span<const uint32_t> rows);

// tempopb.TraceByIDResponse.
std::string TraceByIdResponseToProtobuf(const SpanBatch& batch, std::span<const uint32_t> rows,
                                        const TraceResponseInfo& info);

}  // namespace vivace
