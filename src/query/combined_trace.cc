#include "query/combined_trace.h"

namespace vivace {

CombinedTrace::CombinedTrace(const SpanBatch& spans) {
  segment_.Append(spans);
  view_ = std::make_unique<SegmentView>(segment_);
  rows_ = traceql::ViewRows(*view_);
}

std::unique_ptr<CombinedTrace> CombinedTrace::Make(const SpanBatch& spans) {
  if (spans.spans.size() == 0) return nullptr;
  return std::unique_ptr<CombinedTrace>(new CombinedTrace(spans));
}

}  // namespace vivace
