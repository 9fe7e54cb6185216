#include "query/joined_trace.h"

namespace vivace {

JoinedTrace::JoinedTrace(const SpanBatch& spans) {
  segment_.Append(spans);
  view_ = std::make_unique<SegmentView>(segment_);
  rows_ = traceql::ViewRows(*view_);
}

std::unique_ptr<JoinedTrace> JoinedTrace::Make(const SpanBatch& spans) {
  if (spans.spans.size() == 0) return nullptr;
  return std::unique_ptr<JoinedTrace>(new JoinedTrace(spans));
}

}  // namespace vivace
