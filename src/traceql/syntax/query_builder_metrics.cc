// The part of QueryBuilder that makes metrics: functions, compare(), second stages, arithmetic, and
// their checks.
#include <fmt/format.h>

#include <algorithm>

#include "base/unix_time.h"
#include "traceql/syntax/print.h"
#include "traceql/syntax/query_builder.h"

namespace vivace::traceql {
namespace {

constexpr size_t kGroupsMax = 5;
constexpr size_t kGroupsMaxOfDistributions = 4;  // functions that need a label of their own
constexpr int64_t kCompareTopMax = 1000;

std::string WithoutPoint(double value) {
  std::string text = FormatFloat(value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

}  // namespace

void QueryBuilder::CheckGroups(const MetricsStage& stage, size_t max) {
  if (stage.by.size() > max)
    AddTypeError(fmt::format("metrics group by {} values not yet supported", stage.by.size()));
}

MetricsStage QueryBuilder::CheckedMetrics(MetricsStage stage) {
  const bool is_distribution = stage.function == MetricsFunction::kAvgOverTime ||
                               stage.function == MetricsFunction::kQuantileOverTime ||
                               stage.function == MetricsFunction::kHistogramOverTime;
  CheckGroups(stage, is_distribution ? kGroupsMaxOfDistributions : kGroupsMax);
  for (const double quantile : stage.quantiles) {
    if (!(quantile >= 0 && quantile <= 1))
      AddTypeError("quantile must be between 0 and 1: " + WithoutPoint(quantile));
  }
  return stage;
}

MetricsStage QueryBuilder::CompareStage(SpansetId selection, int64_t top_n,
                                        std::optional<std::pair<int64_t, int64_t>> window) {
  MetricsStage stage{.function = MetricsFunction::kCompare,
                     .selection = query_.spansets[selection].filter,
                     .top_n = top_n};
  if (top_n <= 0) {
    AddTypeError("compare() top number of values must be integer greater than 0");
  } else if (top_n > kCompareTopMax) {
    AddTypeError(fmt::format("compare() top number of values must be an integer between 1 and {}",
                             kCompareTopMax));
  }
  if (!window) return stage;
  if (window->first <= 0 || window->second <= 0) {
    AddTypeError("compare() timestamps must be positive integer unix nanoseconds");
  } else if (window->second <= window->first) {
    AddTypeError("compare() end timestamp must be greater than start timestamp");
  }
  std::tie(stage.start_unix_nanos, stage.end_unix_nanos) = *window;
  return stage;
}

SecondStage QueryBuilder::LimitStage(SecondStage::Kind kind, int64_t limit) {
  if (limit <= 0) AddTypeError("limit must be greater than 0");
  return {.kind = kind, .limit = limit};
}

SecondStage QueryBuilder::ThresholdStage(Operator op, const Value& value) {
  const double number =
      value.type == ValueType::kDuration ? value.AsDouble() / kNanosPerSecond : value.AsDouble();
  return {.kind = SecondStage::Kind::kFilter, .op = op, .threshold = number};
}

MetricsId QueryBuilder::MetricsQuery(PipelineId pipeline, MetricsStage stage) {
  MetricsExpr metrics{.kind = MetricsExpr::Kind::kQuery, .pipeline = pipeline};
  metrics.stage = std::move(stage);
  metrics_depths_.push_back(1);
  return Add(query_.metrics, std::move(metrics));
}

MetricsId QueryBuilder::MetricsConstant(Value value) {
  if (value.type == ValueType::kDuration)
    AddTypeError("duration cannot be used as a scalar operand in metric arithmetic");
  MetricsExpr metrics{.kind = MetricsExpr::Kind::kConstant};
  metrics.constant = std::move(value);
  metrics_depths_.push_back(1);
  return Add(query_.metrics, std::move(metrics));
}

MetricsId QueryBuilder::MetricsBinary(Operator op, MetricsId left, MetricsId right) {
  metrics_depths_.push_back(std::max(metrics_depths_[left], metrics_depths_[right]) + 1);
  CheckDepth(metrics_depths_.back());
  return Add(
      query_.metrics,
      MetricsExpr{.kind = MetricsExpr::Kind::kBinary, .op = op, .left = left, .right = right});
}

MetricsId QueryBuilder::AppendSecondStage(MetricsId metrics, SecondStage stage) {
  MetricsExpr& to = query_.metrics[metrics];
  if (to.kind == MetricsExpr::Kind::kQuery && to.stage.function == MetricsFunction::kCompare) {
    AddTypeError("`compare()` cannot be used with second stage functions");
  }
  to.second_stages.push_back(stage);
  return metrics;
}

// A number made of literals only.
Value QueryBuilder::ConstantOf(ScalarId id) {
  const Scalar& scalar = query_.scalars[id];
  if (scalar.is_constant) return scalar.literal;
  AddTypeError("only a number can be combined with metrics: " + FormatScalar(query_, id));
  return Value::Int(0);
}

}  // namespace vivace::traceql
