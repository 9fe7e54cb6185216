// Spans as OTLP's ResourceSpans messages: what TracesData, ExportTraceServiceRequest and
// tempopb.Trace alike have as field 1.
//
// Nothing that was received is left out. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <protozero/pbf_writer.hpp>
#include <span>
#include <string>

#include "columns/span_batch.h"

namespace vivace {

// Adds the given rows to the message that `out` writes into `data`.
void WriteResourceSpans(const SpanBatch& batch, std::span<const uint32_t> rows, std::string& data,
                        protozero::pbf_writer& out);

// The message with nothing else in it.
std::string ToTracesData(const SpanBatch& batch, std::span<const uint32_t> rows);

}  // namespace vivace
