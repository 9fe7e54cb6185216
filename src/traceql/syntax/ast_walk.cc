#include "traceql/syntax/ast_walk.h"

namespace vivace::traceql {
namespace {

// The spansets of a stage, operators before what they combine, left before right.
void ForEachSpanset(const Query& query, const Stage& stage,
                    const std::function<void(const Spanset&)>& visit) {
  const auto* root = std::get_if<SpansetStage>(&stage);
  if (root == nullptr) return;
  std::vector<SpansetId> pending{root->spanset};
  while (!pending.empty()) {
    const Spanset& spanset = query.spansets[pending.back()];
    pending.pop_back();
    visit(spanset);
    if (spanset.kind != Spanset::Kind::kBinary) continue;
    pending.push_back(spanset.right);
    pending.push_back(spanset.left);
  }
}

}  // namespace

void ForEachStage(const Query& query, PipelineId pipeline,
                  const std::function<void(const Stage&)>& visit) {
  for (const Stage& stage : query.pipelines[pipeline].stages) {
    visit(stage);
    ForEachSpanset(query, stage, [&](const Spanset& spanset) {
      if (spanset.kind == Spanset::Kind::kPipeline) ForEachStage(query, spanset.pipeline, visit);
    });
  }
}

void ForEachExpr(const Query& query, const Stage& stage, const std::function<void(ExprId)>& visit) {
  ForEachSpanset(query, stage, [&](const Spanset& spanset) {
    if (spanset.kind == Spanset::Kind::kFilter) visit(spanset.filter);
  });
  if (const auto* group = std::get_if<GroupBy>(&stage)) visit(group->key);
  if (const auto* filter = std::get_if<ScalarFilter>(&stage)) {
    const Scalar& scalar = query.scalars[filter->left];
    if (scalar.kind == Scalar::Kind::kAggregate && scalar.aggregate != Aggregate::kCount)
      visit(scalar.argument);
  }
}

void ForEachOperator(const Query& query, const Stage& stage,
                     const std::function<void(SpansetOperator)>& visit) {
  ForEachSpanset(query, stage, [&](const Spanset& spanset) {
    if (spanset.kind == Spanset::Kind::kBinary) visit(spanset.op);
  });
}

}  // namespace vivace::traceql
