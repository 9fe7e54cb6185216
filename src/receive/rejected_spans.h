// What every decoder reports: spans that were refused one by one while the rest of their request
// was kept.
//
// Tempo refuses a whole request for one bad id; Vivace keeps the good spans and reports the others
// in partial_success. The texts are Tempo's (spec/api.md 4.3). Plain values, any thread; refusing a
// span costs a formatted string for the first one only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "columns/span_batch_builder.h"

namespace vivace {

enum class RejectKind {
  kTraceId,
  kSpanId,
  kOther,  // the parent's or a link's id has a wrong length, an enum is out of range
};

struct RejectedSpans {
  uint64_t invalid_trace_id = 0;
  uint64_t invalid_span_id = 0;
  uint64_t invalid_other = 0;
  uint64_t over_limit = 0;
  std::string first_reason;

  uint64_t total() const { return invalid_trace_id + invalid_span_id + invalid_other + over_limit; }

  // Counts one span. Only the first reason is kept.
  void Add(RejectKind kind, std::string reason);
  void AddOverLimit(uint64_t spans, const std::string& reason);
  // Counts a span whose trace or span id has `bits` bits of content; an all-zero id counts as 0
  // bits.
  void AddInvalidTraceId(size_t bits);
  void AddInvalidSpanId(size_t bits);
};

// Decodes the request message `body` into `builder` (which the caller has reset). An error means
// that nothing of the builder may be used.
using SpanDecoder =
    std::function<Result<RejectedSpans>(std::string_view body, SpanBatchBuilder& builder)>;

}  // namespace vivace
