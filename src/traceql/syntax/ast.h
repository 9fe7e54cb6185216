// Query: a parsed query, as tables of nodes that refer to each other by index.
//
// A node comes after the nodes that it is made of, so that passes over a query are loops, however
// deep it is nested. What the parts mean: spec/traceql.md 1.7 and 3. Plain data, read-only once
// built by the parser, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "traceql/value/attribute.h"
#include "traceql/value/operators.h"
#include "traceql/value/value.h"

namespace vivace::traceql {

using ExprId = uint32_t;      // in Query::exprs
using SpansetId = uint32_t;   // in Query::spansets
using ScalarId = uint32_t;    // in Query::scalars
using PipelineId = uint32_t;  // in Query::pipelines
using MetricsId = uint32_t;   // in Query::metrics

// An expression on one span.
struct Expr {
  enum class Kind : uint8_t { kLiteral, kAttribute, kUnary, kBinary };
  Kind kind = Kind::kLiteral;
  Operator op = Operator::kAdd;    // of kUnary, kBinary
  bool reads_span = false;         // some part of it is an attribute
  StaticType type = std::nullopt;  // nothing: known only at run time
  ExprId left = 0;                 // operand of kUnary
  ExprId right = 0;
  uint32_t index = 0;  // in Query::literals or Query::attributes
};

enum class SpansetOperator : uint8_t {
  kAnd,
  kOr,
  kChild,
  kParent,
  kDescendant,
  kAncestor,
  kSibling,
  kNotChild,
  kNotParent,
  kNotDescendant,
  kNotAncestor,
  kNotSibling,
  kUnionChild,
  kUnionParent,
  kUnionDescendant,
  kUnionAncestor,
  kUnionSibling,
};

// What yields spans of a trace.
struct Spanset {
  enum class Kind : uint8_t { kFilter, kBinary, kPipeline };
  Kind kind = Kind::kFilter;
  ExprId filter = 0;
  SpansetOperator op = SpansetOperator::kAnd;
  SpansetId left = 0;
  SpansetId right = 0;
  PipelineId pipeline = 0;
};

enum class Aggregate : uint8_t { kCount, kMax, kMin, kAvg, kSum };

// A number about a set of spans. The type check leaves only aggregates and literals.
struct Scalar {
  enum class Kind : uint8_t { kAggregate, kLiteral, kBinary, kPipeline };
  Kind kind = Kind::kLiteral;
  bool is_constant = false;  // made of literals only: `literal` is its value
  Aggregate aggregate = Aggregate::kCount;
  ExprId argument = 0;             // of an aggregate other than count
  Operator op = Operator::kAdd;    // of kBinary
  StaticType type = std::nullopt;  // nothing: known only at run time
  ScalarId left = 0;
  ScalarId right = 0;
  Value literal;
};

struct ScalarFilter {
  Operator op = Operator::kEqual;
  ScalarId left = 0;
  ScalarId right = 0;
};
struct GroupBy {
  ExprId key = 0;
};
struct Coalesce {};
// Does nothing while a pipeline runs: results show what it names (pipeline/select.h).
struct Select {
  std::vector<Attribute> attributes;
};
struct SpansetStage {
  SpansetId spanset = 0;
};

using Stage = std::variant<SpansetStage, ScalarFilter, GroupBy, Coalesce, Select>;

struct Pipeline {
  std::vector<Stage> stages;
};

enum class MetricsFunction : uint8_t {
  kRate,
  kCountOverTime,
  kMinOverTime,
  kMaxOverTime,
  kAvgOverTime,
  kSumOverTime,
  kQuantileOverTime,
  kHistogramOverTime,
  kCompare,
};

struct MetricsStage {
  MetricsFunction function = MetricsFunction::kRate;
  Attribute argument;             // of the …_over_time functions with one
  std::vector<double> quantiles;  // 0 to 1
  std::vector<Attribute> by;
  // compare()
  ExprId selection = 0;
  int64_t top_n = 10;
  int64_t start_unix_nanos = 0;
  int64_t end_unix_nanos = 0;
};

// What is done to finished series.
struct SecondStage {
  enum class Kind : uint8_t { kTopK, kBottomK, kFilter };
  Kind kind = Kind::kTopK;
  int64_t limit = 0;
  Operator op = Operator::kGreater;  // of kFilter
  double threshold = 0;
};

// Series, or a number combined with series.
struct MetricsExpr {
  enum class Kind : uint8_t { kQuery, kConstant, kBinary };
  Kind kind = Kind::kQuery;
  PipelineId pipeline = 0;
  MetricsStage stage;
  std::vector<SecondStage> second_stages;
  Value constant;
  Operator op = Operator::kAdd;
  MetricsId left = 0;
  MetricsId right = 0;
};

struct Hint {
  std::string name;
  Value value;
};

struct Query {
  std::vector<Value> literals;
  std::vector<Attribute> attributes;
  std::vector<Expr> exprs;
  std::vector<Spanset> spansets;
  std::vector<Scalar> scalars;
  std::vector<Pipeline> pipelines;
  std::vector<MetricsExpr> metrics;

  // Either a search or a metrics query.
  PipelineId pipeline = 0;
  std::optional<MetricsId> metrics_root;
  std::vector<Hint> hints;

  const Value& LiteralOf(const Expr& expr) const { return literals[expr.index]; }
  const Attribute& AttributeOf(const Expr& expr) const { return attributes[expr.index]; }
  bool is_metrics() const { return metrics_root.has_value(); }
};

}  // namespace vivace::traceql
