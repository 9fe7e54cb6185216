// SpanSelection: the spans of a view that a tag request is about: those of the traces taken that
// pass a filter.
//
// One thread; a byte per span.
#pragma once

#include <cstring>
#include <optional>
#include <vector>

#include "traceql/expression/evaluator.h"
#include "traceql/tags/tag_filter.h"

namespace vivace::traceql {

class SpanSelection {
 public:
  static Result<SpanSelection> Make(const TagFilter& filter, const ViewRows& rows);

  Status AddTrace(uint32_t trace);
  Status AddAllTraces();

  // All spans of the view, without a look at any.
  bool is_all() const { return is_all_; }
  bool Has(uint32_t span) const { return is_all_ || selected_[span] != 0; }
  bool has_any() const {
    return is_all_ ? rows_->span_count() > 0
                   : std::memchr(selected_.data(), 1, selected_.size()) != nullptr;
  }

 private:
  explicit SpanSelection(const ViewRows& rows) : rows_(&rows) {}

  const ViewRows* rows_;
  std::optional<Evaluator> evaluator_;
  bool passes_nothing_ = false;
  bool is_all_ = false;
  SpanMask selected_;
};

}  // namespace vivace::traceql
