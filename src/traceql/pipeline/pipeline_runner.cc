#include "traceql/pipeline/pipeline_runner.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <numeric>

#include "traceql/pipeline/coalesce.h"
#include "traceql/pipeline/conditions.h"
#include "traceql/pipeline/entry_filters.h"
#include "traceql/pipeline/group_by.h"
#include "traceql/pipeline/scalar_filter.h"
#include "traceql/pipeline/spanset_operators.h"
#include "traceql/pipeline/structural_operators.h"

namespace vivace::traceql {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

// Views of fewer traces, single ones above all, are not worth a mask of each filter.
constexpr uint32_t kTracesForMasks = 16;

bool HasAny(const SpanMask& mask, uint32_t begin, uint32_t end) {
  return std::memchr(mask.data() + begin, 1, end - begin) != nullptr;
}

}  // namespace

Result<std::unique_ptr<PipelineRunner>> PipelineRunner::Make(const Query& query,
                                                             PipelineId pipeline,
                                                             const ViewRows& rows) {
  std::unique_ptr<PipelineRunner> runner(new PipelineRunner(query, rows));
  runner->root_ = pipeline;
  runner->evaluators_.resize(query.exprs.size());
  runner->masks_.resize(query.exprs.size());
  VIVACE_TRY(runner->PreparePipeline(pipeline));
  VIVACE_TRY(runner->PrepareEntryFilters(pipeline));
  runner->is_filter_only_ = IsFilterOnly(query, pipeline);
  return runner;
}

// Part of a trace is not enough to evaluate a trace-level attribute, so of a filter that has one
// only its other parts count, and of these only such as cannot fail: the filter would perhaps not
// have come to them.
Status PipelineRunner::PrepareEntryFilters(PipelineId pipeline) {
  const auto filters = EntryFiltersOf(query_, pipeline);
  if (!filters.has_value()) return {};
  std::vector<EntryFilter> entry_filters;
  for (const ExprId filter : *filters) {
    EntryFilter parts = SpanLevelPartsOf(query_, filter);
    const bool is_whole = parts.size() == 1 && parts.front() == filter;
    for (const ExprId part : parts) {
      if (evaluators_[part] == nullptr) VIVACE_TRY(PrepareExpr(part));
    }
    if (!is_whole)
      std::erase_if(parts, [&](ExprId part) { return !evaluators_[part]->IsByColumn(); });
    if (parts.empty()) return {};
    entry_filters.push_back(std::move(parts));
  }
  entry_filters_ = std::move(entry_filters);
  return {};
}

Status PipelineRunner::PreparePipeline(PipelineId pipeline) {
  for (const Stage& stage : query_.pipelines[pipeline].stages) {
    VIVACE_TRY(std::visit(Overloaded{
                              [&](const SpansetStage& s) { return PrepareSpanset(s.spanset); },
                              [&](const ScalarFilter& s) { return PrepareScalar(s.left); },
                              [&](const GroupBy& s) { return PrepareExpr(s.key); },
                              [](const Coalesce&) { return Status(); },
                              [](const Select&) { return Status(); },
                          },
                          stage));
  }
  return {};
}

Status PipelineRunner::PrepareSpanset(SpansetId root) {
  std::vector<SpansetId> pending{root};
  while (!pending.empty()) {
    const Spanset& spanset = query_.spansets[pending.back()];
    pending.pop_back();
    if (spanset.kind == Spanset::Kind::kFilter) VIVACE_TRY(PrepareExpr(spanset.filter));
    if (spanset.kind == Spanset::Kind::kPipeline) VIVACE_TRY(PreparePipeline(spanset.pipeline));
    if (spanset.kind != Spanset::Kind::kBinary) continue;
    pending.push_back(spanset.left);
    pending.push_back(spanset.right);
  }
  return {};
}

Status PipelineRunner::PrepareScalar(ScalarId scalar) {
  const Scalar& node = query_.scalars[scalar];
  return node.aggregate == Aggregate::kCount ? Status() : PrepareExpr(node.argument);
}

const Evaluator* PipelineRunner::ArgumentOf(const ScalarFilter& filter) const {
  const Scalar& scalar = query_.scalars[filter.left];
  return scalar.aggregate == Aggregate::kCount ? nullptr : evaluators_[scalar.argument].get();
}

Status PipelineRunner::PrepareExpr(ExprId expr) {
  VIVACE_ASSIGN(Evaluator evaluator, Evaluator::Make(query_, expr, *rows_));
  evaluators_[expr] = std::make_unique<Evaluator>(std::move(evaluator));
  return {};
}

Result<std::optional<SpanMask>> PipelineRunner::PassingSpans() {
  if (!is_filter_only_) return std::nullopt;
  SpanMask mask(rows_->span_count(), 1);
  for (const Stage& stage : query_.pipelines[root_].stages) {
    const auto* filter = std::get_if<SpansetStage>(&stage);
    if (filter != nullptr)
      VIVACE_TRY(evaluators_[query_.spansets[filter->spanset].filter]->Narrow(mask));
  }
  return mask;
}

Result<bool> PipelineRunner::MayMatch(uint32_t trace) {
  VIVACE_TRY(rows_->Load(RowKind::kTrace));
  if (!entry_filters_) return true;
  const auto [begin, end] = rows_->SpansOf(trace);
  for (const EntryFilter& filter : *entry_filters_) {
    VIVACE_ASSIGN(const bool passes, AnyPasses(filter, begin, end));
    if (passes) return true;
  }
  return false;
}

Result<bool> PipelineRunner::AnyPasses(const EntryFilter& filter, uint32_t begin, uint32_t end) {
  VIVACE_ASSIGN(const SpanMask* mask, MaskOf(filter.front()));
  if (mask != nullptr && filter.size() == 1) return HasAny(*mask, begin, end);
  for (uint32_t span = begin; span < end; ++span) {
    VIVACE_ASSIGN(const bool passes, Passes(filter, span));
    if (passes) return true;
  }
  return false;
}

Result<bool> PipelineRunner::Passes(const EntryFilter& filter, uint32_t span) {
  for (const ExprId part : filter) {
    VIVACE_ASSIGN(const SpanMask* mask, MaskOf(part));
    if (mask != nullptr && (*mask)[span] == 0) return false;
    if (mask != nullptr) continue;
    VIVACE_ASSIGN(const bool is_true, evaluators_[part]->IsTrue(span));
    if (!is_true) return false;
  }
  return true;
}

Result<const SpanMask*> PipelineRunner::MaskOf(ExprId filter) {
  SpanMask& mask = masks_[filter];
  if (!mask.empty()) return &mask;
  if (rows_->trace_count() < kTracesForMasks || !evaluators_[filter]->IsByColumn()) return nullptr;
  mask.assign(rows_->span_count(), 1);
  VIVACE_TRY(evaluators_[filter]->Narrow(mask));
  return &mask;
}

Result<bool> PipelineRunner::MayHold(ExprId filter, uint32_t begin, uint32_t end) {
  VIVACE_ASSIGN(const SpanMask* mask, MaskOf(filter));
  return mask == nullptr || HasAny(*mask, begin, end);
}

Result<bool> PipelineRunner::MayYield(SpansetId id, uint32_t begin, uint32_t end) {
  const Spanset& spanset = query_.spansets[id];
  if (spanset.kind == Spanset::Kind::kFilter) return MayHold(spanset.filter, begin, end);
  if (spanset.kind == Spanset::Kind::kPipeline) return true;
  const NeededSides needed = NeededSidesOf(spanset.op);
  if (needed != NeededSides::kRight) {
    VIVACE_ASSIGN(const bool left, MayYield(spanset.left, begin, end));
    if (left == (needed == NeededSides::kEither)) return left;
  }
  return MayYield(spanset.right, begin, end);
}

Result<std::vector<SpansetResult>> PipelineRunner::Run(uint32_t trace) {
  VIVACE_TRY(rows_->Load(RowKind::kTrace));
  const auto [begin, end] = rows_->SpansOf(trace);
  const std::vector<Stage>& stages = query_.pipelines[root_].stages;
  if (const auto* first = stages.empty() ? nullptr : std::get_if<SpansetStage>(&stages.front())) {
    VIVACE_ASSIGN(const bool may_yield, MayYield(first->spanset, begin, end));
    if (!may_yield) return Sets();
  }
  SpansetResult all;
  all.spans.resize(end - begin);
  std::iota(all.spans.begin(), all.spans.end(), begin);
  Sets sets;
  sets.push_back(std::move(all));
  return RunPipeline(root_, std::move(sets));
}

Result<PipelineRunner::Sets> PipelineRunner::RunPipeline(PipelineId pipeline, Sets sets) {
  for (const Stage& stage : query_.pipelines[pipeline].stages) {
    if (sets.empty()) break;
    VIVACE_ASSIGN(sets, RunStage(stage, std::move(sets)));
  }
  return sets;
}

Result<PipelineRunner::Sets> PipelineRunner::RunStage(const Stage& stage, Sets sets) {
  return std::visit(
      Overloaded{
          [&](const SpansetStage& s) { return RunSpanset(s.spanset, std::move(sets)); },
          [&](const ScalarFilter& s) {
            return FilterByScalar(query_, s, ArgumentOf(s), std::move(sets));
          },
          [&](const GroupBy& s) { return GroupSpansets(query_, s, *evaluators_[s.key], sets); },
          [&](const Coalesce&) -> Result<Sets> { return CoalesceSpansets(sets); },
          [&](const Select&) -> Result<Sets> { return std::move(sets); },
      },
      stage);
}

Result<PipelineRunner::Sets> PipelineRunner::RunSpanset(SpansetId spanset, Sets sets) {
  Sets out;
  for (const SpansetResult& set : sets) {
    VIVACE_ASSIGN(Sets yielded, EvaluateSpanset(spanset, set));
    for (SpansetResult& one : yielded) {
      if (!one.spans.empty()) out.push_back(std::move(one));
    }
  }
  return out;
}

Result<PipelineRunner::Sets> PipelineRunner::EvaluateSpanset(SpansetId id,
                                                             const SpansetResult& input) {
  const Spanset& spanset = query_.spansets[id];
  if (spanset.kind == Spanset::Kind::kBinary) {
    VIVACE_ASSIGN(const Sets left, EvaluateSpanset(spanset.left, input));
    VIVACE_ASSIGN(const Sets right, EvaluateSpanset(spanset.right, input));
    if (IsStructural(spanset.op) && nested_sets_.empty()) {
      VIVACE_ASSIGN(nested_sets_, rows_->view().NestedSets());
    }
    return CombineSpansets(spanset.op, left, right, input, nested_sets_);
  }
  Sets sets{input};
  if (spanset.kind == Spanset::Kind::kPipeline)
    return RunPipeline(spanset.pipeline, std::move(sets));
  VIVACE_ASSIGN(sets.front().spans, FilterSpans(spanset.filter, input.spans));
  if (sets.front().spans.empty()) sets.clear();
  return sets;
}

Result<SpanRows> PipelineRunner::FilterSpans(ExprId filter, const SpanRows& spans) {
  SpanRows kept;
  VIVACE_ASSIGN(const SpanMask* mask, MaskOf(filter));
  if (mask != nullptr) {
    std::ranges::copy_if(spans, std::back_inserter(kept),
                         [&](uint32_t span) { return (*mask)[span] != 0; });
    return kept;
  }
  for (const uint32_t span : spans) {
    VIVACE_ASSIGN(const bool is_true, evaluators_[filter]->IsTrue(span));
    if (is_true) kept.push_back(span);
  }
  return kept;
}

}  // namespace vivace::traceql
