#include "receive/rejected_spans.h"

#include <fmt/format.h>

namespace vivace {

void RejectedSpans::Add(RejectKind kind, std::string reason) {
  if (total() == 0) first_reason = std::move(reason);
  switch (kind) {
    case RejectKind::kTraceId:
      ++invalid_trace_id;
      return;
    case RejectKind::kSpanId:
      ++invalid_span_id;
      return;
    case RejectKind::kOther:
      ++invalid_other;
      return;
  }
}

void RejectedSpans::AddOverLimit(uint64_t spans, const std::string& reason) {
  if (total() == 0) first_reason = reason;
  over_limit += spans;
}

void RejectedSpans::AddInvalidTraceId(size_t bits) {
  Add(RejectKind::kTraceId, total() > 0
                                ? std::string()
                                : fmt::format("trace ids must be 128 bit, received {} bits", bits));
}

void RejectedSpans::AddInvalidSpanId(size_t bits) {
  Add(RejectKind::kSpanId,
      total() > 0
          ? std::string()
          : fmt::format("span ids must be 64 bit and not all zero, received {} bits", bits));
}

}  // namespace vivace
