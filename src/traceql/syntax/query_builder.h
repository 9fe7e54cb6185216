// QueryBuilder: makes the nodes of a query as the grammar recognises them, bottom up and from left
// to right.
//
// It folds what is constant and checks types on the way (spec/traceql.md 2.6): nodes come in the
// order in which the checks are specified, so the first type error is the right one. What makes
// metrics stands in query_builder_metrics.cc. Owned by one parse, one thread.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "traceql/syntax/ast.h"

namespace vivace::traceql {

class QueryBuilder {
 public:
  // Deeper expressions are refused: what runs a query goes down them by recursion.
  static constexpr uint32_t kDepthMax = 1000;

  ExprId Literal(Value value);
  ExprId AttributeOf(Attribute attribute);
  ExprId Unary(Operator op, ExprId operand);
  ExprId Binary(Operator op, ExprId left, ExprId right);

  SpansetId Filter(ExprId expr);
  SpansetId SpansetBinary(SpansetOperator op, SpansetId left, SpansetId right);
  SpansetId WrappedPipeline(PipelineId pipeline);

  ScalarId Count();
  ScalarId AggregateOf(Aggregate aggregate, ExprId argument);
  ScalarId ScalarLiteral(Value value);
  ScalarId ScalarBinary(Operator op, ScalarId left, ScalarId right);
  ScalarId PipelineScalar(PipelineId pipeline, ScalarId aggregate);

  Stage FilterScalar(Operator op, ScalarId left, ScalarId right);
  Stage Group(ExprId key);
  Stage SelectOf(std::vector<Attribute> attributes);
  PipelineId NewPipeline(Stage first);
  PipelineId Append(PipelineId pipeline, Stage stage);

  MetricsStage CheckedMetrics(MetricsStage stage);
  MetricsStage CompareStage(SpansetId selection, int64_t top_n,
                            std::optional<std::pair<int64_t, int64_t>> window);
  SecondStage LimitStage(SecondStage::Kind kind, int64_t limit);
  SecondStage ThresholdStage(Operator op, const Value& value);
  MetricsId MetricsQuery(PipelineId pipeline, MetricsStage stage);
  MetricsId MetricsConstant(Value value);
  Value ConstantOf(ScalarId scalar);
  MetricsId MetricsBinary(Operator op, MetricsId left, MetricsId right);
  MetricsId AppendSecondStage(MetricsId metrics, SecondStage stage);

  void SetSearch(PipelineId pipeline) { query_.pipeline = pipeline; }
  void SetMetrics(MetricsId metrics) { query_.metrics_root = metrics; }
  void SetHints(std::vector<Hint> hints) { query_.hints = std::move(hints); }

  // A constant that cannot be computed; ends the parse.
  const std::optional<std::string>& fatal_error() const { return fatal_error_; }
  const std::optional<std::string>& type_error() const { return type_error_; }
  Query Take() { return std::move(query_); }

 private:
  template <typename Node>
  static uint32_t Add(std::vector<Node>& table, Node node) {
    table.push_back(std::move(node));
    return static_cast<uint32_t>(table.size() - 1);
  }
  ExprId AddExpr(Expr expr, uint32_t depth);
  std::optional<ExprId> Fold(const Result<Datum>& value);
  void CheckUnary(ExprId id);
  void CheckBinary(ExprId id);
  void CheckAttribute(const Attribute& attribute);
  void CheckGroups(const MetricsStage& stage, size_t max);
  std::optional<ExprId> MatchWildcards(Operator op, ExprId left, ExprId right);
  ExprId AddBinary(Operator op, ExprId left, ExprId right);
  void AddTypeError(std::string message);

  Query query_;
  void CheckDepth(uint32_t depth);
  std::vector<uint32_t> depths_;           // by ExprId
  std::vector<uint32_t> spanset_depths_;   // by SpansetId
  std::vector<uint32_t> pipeline_depths_;  // by PipelineId
  std::vector<uint32_t> metrics_depths_;   // by MetricsId
  std::optional<std::string> fatal_error_;
  std::optional<std::string> type_error_;
};

}  // namespace vivace::traceql
