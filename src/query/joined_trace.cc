#include "query/joined_trace.h"

namespace vivace {

JoinedTrace::JoinedTrace(const SpanBatch& spans) {
  segment_.Append(spans);
  view_ = std::make_unique<SegmentView>(segment_);
}

Result<std::unique_ptr<JoinedTrace>> JoinedTrace::Make(const SpanBatch& spans) {
  if (spans.spans.size() == 0) return nullptr;
  std::unique_ptr<JoinedTrace> trace(new JoinedTrace(spans));
  VIVACE_ASSIGN(trace->rows_, traceql::ViewRows::Make(*trace->view_));
  return trace;
}

}  // namespace vivace
