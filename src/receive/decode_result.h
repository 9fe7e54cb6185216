// What a decoder refused: spans that can't be stored are refused one by one, the others of the request are kept.
// A value; filled by the decoders, reported to the sender as partial success and in tempo_discarded_spans_total.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace vivace {

enum class RejectReason { kInvalidTraceId, kInvalidSpanId, kInvalidOther };

struct RejectedSpans {
  uint64_t invalid_trace_id = 0;
  uint64_t invalid_span_id = 0;
  uint64_t invalid_other = 0;  // a parent or link id of a wrong length, an enum out of range
  std::string first_reason;

  uint64_t total() const { return invalid_trace_id + invalid_span_id + invalid_other; }

  void Add(RejectReason kind, std::string reason) {
    ++(kind == RejectReason::kInvalidTraceId ? invalid_trace_id : kind == RejectReason::kInvalidSpanId ? invalid_span_id : invalid_other);
    if (first_reason.empty()) first_reason = std::move(reason);
  }
};

}  // namespace vivace
