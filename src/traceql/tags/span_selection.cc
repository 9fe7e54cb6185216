#include "traceql/tags/span_selection.h"

namespace vivace::traceql {

Result<SpanSelection> SpanSelection::Make(const TagFilter& filter, const ViewRows& rows) {
  SpanSelection selection(rows);
  selection.passes_nothing_ = filter.passes_nothing();
  if (filter.expr()) {
    VIVACE_ASSIGN(Evaluator evaluator, Evaluator::Make(filter.query(), *filter.expr(), rows));
    selection.evaluator_.emplace(std::move(evaluator));
  }
  selection.selected_.resize(rows.span_count());
  return selection;
}

Status SpanSelection::AddTrace(uint32_t trace) {
  if (passes_nothing_) return {};
  VIVACE_TRY(rows_->Load(RowKind::kTrace));
  const auto [begin, end] = rows_->SpansOf(trace);
  for (uint32_t span = begin; span < end; ++span) {
    if (evaluator_) {
      VIVACE_ASSIGN(const bool is_true, evaluator_->IsTrue(span));
      selected_[span] = is_true ? 1 : 0;
    } else {
      selected_[span] = 1;
    }
  }
  return {};
}

Status SpanSelection::AddAllTraces() {
  is_all_ = !evaluator_ && !passes_nothing_;
  if (is_all_ || passes_nothing_) return {};
  selected_.assign(rows_->span_count(), 1);
  return evaluator_->Narrow(selected_);
}

}  // namespace vivace::traceql
