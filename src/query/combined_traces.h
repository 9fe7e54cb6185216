// CombinedTraces: traces whose spans were combined from several sources, as a view of their own to
// query.
//
// A span that several sources have is there as often. Costs a copy of the spans; owned by one task
// of a query, one thread.
#pragma once

#include <memory>

#include "columns/segment_view.h"
#include "columns/span_batch.h"
#include "traceql/expression/view_rows.h"

namespace vivace {

class CombinedTraces {
 public:
  // Null where the batch has no spans.
  static std::unique_ptr<CombinedTraces> Make(const SpanBatch& spans,
                                              const CancelToken* cancel_token = nullptr);

  const traceql::ViewRows& rows() const { return rows_; }

 private:
  CombinedTraces(const SpanBatch& spans, const CancelToken* cancel_token);

  Segment segment_;
  std::unique_ptr<SegmentView> view_;
  traceql::ViewRows rows_;
};

}  // namespace vivace
