// PipelineRunner: runs the stages of a pipeline over the traces of a view, one trace at a time.
//
// A trace goes in as one set of all its spans and comes out as the sets that are left of it
// (spec/traceql.md 3): filtered (here, and scalar_filter.h), combined (spanset_operators.h),
// grouped (group_by.h), joined again (coalesce.h). select() changes nothing while a pipeline runs:
// it is one of the query's conditions.h. Made once per query and view, which loads the columns that
// the stages read. One thread. Cost: filters that compare attributes with literals are decided
// column by column for the whole view, and a trace that lacks spans for the first stage is left
// after a look at their masks; all other filters are evaluated per span.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "columns/nested_set.h"
#include "traceql/expression/evaluator.h"
#include "traceql/pipeline/trace_matcher.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

class PipelineRunner final : public TraceMatcher {
 public:
  // `query` and `rows` must outlive the runner.
  static Result<std::unique_ptr<PipelineRunner>> Make(const Query& query, PipelineId pipeline,
                                                      const ViewRows& rows);

  Result<std::vector<SpansetResult>> Run(uint32_t trace) override;
  Result<bool> MayMatch(uint32_t trace) override;
  Result<std::optional<SpanMask>> PassingSpans() override;

 private:
  PipelineRunner(const Query& query, const ViewRows& rows) : query_(query), rows_(&rows) {}
  using EntryFilter = std::vector<ExprId>;  // parts, all of which a span has to pass

  Status PrepareEntryFilters(PipelineId pipeline);
  Status PreparePipeline(PipelineId pipeline);
  Status PrepareSpanset(SpansetId spanset);
  Status PrepareScalar(ScalarId scalar);
  Status PrepareExpr(ExprId expr);

  using Sets = std::vector<SpansetResult>;
  Result<Sets> RunPipeline(PipelineId pipeline, Sets sets);
  Result<Sets> RunStage(const Stage& stage, Sets sets);
  Result<Sets> RunSpanset(SpansetId spanset, Sets sets);
  Result<Sets> EvaluateSpanset(SpansetId spanset, const SpansetResult& input);
  Result<SpanRows> FilterSpans(ExprId filter, const SpanRows& spans);
  // Whether a span of [begin, end) does.
  Result<bool> AnyPasses(const EntryFilter& filter, uint32_t begin, uint32_t end);
  Result<bool> Passes(const EntryFilter& filter, uint32_t span);
  // Of all spans of the view; null where the filter is evaluated span by span.
  Result<const SpanMask*> MaskOf(ExprId filter);
  // False where no span of [begin, end) is true of the filter; true where there is no mask.
  Result<bool> MayHold(ExprId filter, uint32_t begin, uint32_t end);
  // Whether the spanset, given the spans [begin, end) of a trace, may yield any: false is certain.
  Result<bool> MayYield(SpansetId spanset, uint32_t begin, uint32_t end);
  // Null of count().
  const Evaluator* ArgumentOf(const ScalarFilter& filter) const;

  const Query& query_;
  const ViewRows* rows_;
  PipelineId root_ = 0;
  std::vector<std::unique_ptr<Evaluator>> evaluators_;  // by ExprId; null where none is needed
  std::vector<SpanMask> masks_;                         // by ExprId; empty until one is needed
  std::span<const NestedSetNumbers> nested_sets_;
  // Each trace that may match has a span that passes one of them (entry_filters.h); none: all may.
  std::optional<std::vector<EntryFilter>> entry_filters_;
  bool is_filter_only_ = false;
};

}  // namespace vivace::traceql
