#include "query/combined_traces.h"

namespace vivace {

CombinedTraces::CombinedTraces(const SpanBatch& spans, const CancelToken* cancel_token) {
  segment_.Append(spans);
  view_ = std::make_unique<SegmentView>(segment_);
  rows_ = traceql::ViewRows(*view_, cancel_token);
}

std::unique_ptr<CombinedTraces> CombinedTraces::Make(const SpanBatch& spans,
                                                     const CancelToken* cancel_token) {
  if (spans.spans.size() == 0) return nullptr;
  return std::unique_ptr<CombinedTraces>(new CombinedTraces(spans, cancel_token));
}

}  // namespace vivace
