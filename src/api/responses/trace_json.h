// A trace as JSON: the bodies of /api/traces/{id} and /api/v2/traces/{id} (spec/api.md 0.3, 1.2.2).
//
// Fields are in the order of their declaration in tempopb, ids are base64, 64-bit integers strings,
// empty fields left out. Pure functions, any thread; about 2 KB of text per span.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "columns/span_batch.h"

namespace vivace {

// What /api/v2 returns besides the spans.
struct TraceResponseInfo {
  uint64_t inspected_bytes = 0;
  bool is_partial = false;
  std::string message;
};

// {"batches":[...]} of the given rows, as CombineTrace returned them.
std::string TraceToJsonV1(const SpanBatch& batch, std::span<const uint32_t> rows);

// {"trace":{"resourceSpans":[...]},"metrics":{...},"status":...,"message":...}; no rows:
// {"trace":{},"metrics":{}}.
std::string TraceToJsonV2(const SpanBatch& batch, std::span<const uint32_t> rows,
                          const TraceResponseInfo& info);

}  // namespace vivace
