#include "traceql/metrics/metrics_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "traceql/metrics/second_stage.h"
#include "traceql/metrics/series_arithmetic.h"

namespace vivace::traceql {
namespace {

// Whether a filter on the way is false for every span.
bool IsConstantFalse(const Query& query, PipelineId pipeline) {
  return std::ranges::any_of(query.pipelines[pipeline].stages, [&](const Stage& stage) {
    const auto* spanset_stage = std::get_if<SpansetStage>(&stage);
    if (spanset_stage == nullptr) return false;
    const Spanset& spanset = query.spansets[spanset_stage->spanset];
    if (spanset.kind != Spanset::Kind::kFilter) return false;
    const Expr& filter = query.exprs[spanset.filter];
    return filter.kind == Expr::Kind::kLiteral && !query.LiteralOf(filter).is_true();
  });
}

}  // namespace

std::unique_ptr<MetricsPlan> MetricsPlan::Make(Query query, const MetricsOptions& options) {
  std::unique_ptr<MetricsPlan> plan(new MetricsPlan(std::move(query)));
  const Query& made = plan->query_;
  plan->query_of_.resize(made.metrics.size());
  const auto is_query = [](const MetricsExpr& metrics) {
    return metrics.kind == MetricsExpr::Kind::kQuery;
  };
  MetricsOptions shared = options;
  shared.exemplars /=
      static_cast<size_t>(std::max<ptrdiff_t>(1, std::ranges::count_if(made.metrics, is_query)));
  plan->is_empty_ = true;
  for (MetricsId id = 0; id < made.metrics.size(); ++id) {
    const MetricsExpr& metrics = made.metrics[id];
    if (!is_query(metrics)) continue;
    plan->is_empty_ &= IsConstantFalse(made, metrics.pipeline);
    plan->query_of_[id] = plan->queries_.size();
    if (!options.name.empty()) shared.name = fmt::format("{}#{}", options.name, id);
    plan->queries_.push_back(
        MakeSeriesQuery(plan->owner_, metrics.pipeline, metrics.stage, shared));
  }
  return plan;
}

bool MetricsPlan::is_truncated() const {
  return std::ranges::any_of(queries_, [](const auto& query) { return query->is_truncated(); });
}

MetricsPlan::Outcome MetricsPlan::ApplyBinary(Operator op, Outcome left, Outcome right) {
  if (left.constant && right.constant)
    return {.series = {}, .constant = ApplyArithmetic(op, *left.constant, *right.constant)};
  if (left.constant)
    return {.series = CombineConstant(op, std::move(right.series), *left.constant, true),
            .constant = {}};
  if (right.constant)
    return {.series = CombineConstant(op, std::move(left.series), *right.constant, false),
            .constant = {}};
  return {.series = CombineSeries(op, left.series, right.series), .constant = {}};
}

MetricsPlan::Outcome MetricsPlan::Evaluate(MetricsId id) const {
  const MetricsExpr& metrics = query_.metrics[id];
  Outcome outcome;
  switch (metrics.kind) {
    case MetricsExpr::Kind::kConstant:
      outcome.constant = metrics.constant.AsDouble();
      return outcome;
    case MetricsExpr::Kind::kQuery:
      outcome.series = queries_[query_of_[id]]->CurrentSeries();
      break;
    case MetricsExpr::Kind::kBinary:
      outcome = ApplyBinary(metrics.op, Evaluate(metrics.left), Evaluate(metrics.right));
      break;
  }
  for (const SecondStage& stage : metrics.second_stages)
    outcome.series = ApplySecondStage(stage, std::move(outcome.series));
  return outcome;
}

std::vector<Series> MetricsPlan::CurrentSeries() const {
  std::vector<Series> series = Evaluate(*query_.metrics_root).series;
  DropEmpty(series);
  for (Series& one : series) {
    std::ranges::sort(one.exemplars, {}, &Exemplar::unix_nanos);
  }
  std::ranges::sort(series, ComesBefore, &Series::labels);
  return series;
}

}  // namespace vivace::traceql
