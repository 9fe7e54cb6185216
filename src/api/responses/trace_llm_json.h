// A trace in the short JSON that Tempo made for language models: hexadecimal ids, attributes as
// plain objects (spec/api.md 1.2.3).
//
// Pure function, any thread.
#pragma once

#include <span>
#include <string>

#include "api/responses/trace_json.h"
#include "columns/span_batch.h"

namespace vivace {

// {"trace":{"traceId":"...","services":[...]},"metrics":{...}}; no rows: {}.
std::string TraceToLlmJson(const SpanBatch& batch, std::span<const uint32_t> rows,
                           const TraceResponseInfo& info);

}  // namespace vivace
