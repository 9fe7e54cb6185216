// CombinedTrace: one trace, its spans combined from all sources, as a view of its own to query.
//
// A span that several sources have is there as often. Costs a copy of the trace's spans; owned by
// one query, one thread.
#pragma once

#include <memory>

#include "columns/segment_view.h"
#include "columns/span_batch.h"
#include "traceql/expression/view_rows.h"

namespace vivace {

class CombinedTrace {
 public:
  // Null where the batch has no spans. All of them are of one trace: row 0 of the view.
  static std::unique_ptr<CombinedTrace> Make(const SpanBatch& spans);

  const traceql::ViewRows& rows() const { return rows_; }

 private:
  explicit CombinedTrace(const SpanBatch& spans);

  Segment segment_;
  std::unique_ptr<SegmentView> view_;
  traceql::ViewRows rows_;
};

}  // namespace vivace
