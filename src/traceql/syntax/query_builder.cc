#include "traceql/syntax/query_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "traceql/syntax/print.h"
#include "traceql/value/regex.h"

namespace vivace::traceql {
namespace {

StaticType ArithmeticType(StaticType left, StaticType right) { return left ? left : right; }

bool IsChain(Operator op) { return op == Operator::kAnd || op == Operator::kOr; }

}  // namespace

void QueryBuilder::AddTypeError(std::string message) {
  if (!type_error_) type_error_ = std::move(message);
}

void QueryBuilder::CheckDepth(uint32_t depth) {
  if (depth > kDepthMax && !fatal_error_)
    fatal_error_ = fmt::format("expression is nested deeper than {} levels", kDepthMax);
}

ExprId QueryBuilder::AddExpr(Expr expr, uint32_t depth) {
  CheckDepth(depth);
  depths_.push_back(depth);
  return Add(query_.exprs, expr);
}

ExprId QueryBuilder::Literal(Value value) {
  Expr expr{.kind = Expr::Kind::kLiteral, .type = value.type};
  expr.index = Add(query_.literals, std::move(value));
  return AddExpr(expr, 1);
}

ExprId QueryBuilder::AttributeOf(Attribute attribute) {
  CheckAttribute(attribute);
  Expr expr{
      .kind = Expr::Kind::kAttribute, .reads_span = true, .type = TypeOf(attribute.intrinsic)};
  expr.index = Add(query_.attributes, std::move(attribute));
  return AddExpr(expr, 1);
}

void QueryBuilder::CheckAttribute(const Attribute& attribute) {
  if (attribute.of_parent) AddTypeError("parent not yet supported");
  if (attribute.intrinsic == Intrinsic::kParent)
    AddTypeError("intrinsic (parent) not yet supported");
}

std::optional<ExprId> QueryBuilder::Fold(const Result<Datum>& value) {
  if (value) return Literal(value->ToValue());
  if (!fatal_error_) fatal_error_ = "runtime error: integer divide by zero";
  return std::nullopt;
}

ExprId QueryBuilder::Unary(Operator op, ExprId operand) {
  const Expr inner = query_.exprs[operand];
  const bool is_literal = inner.kind == Expr::Kind::kLiteral;
  if (op == Operator::kExists || op == Operator::kNotExists) {
    const bool is_nil = is_literal && query_.LiteralOf(inner).type == ValueType::kNil;
    if (inner.kind != Expr::Kind::kAttribute)
      return Literal(Value::Bool(op == Operator::kExists && !is_nil));  // it always has a value
  } else if (is_literal && IsAllowed(op, inner.type)) {
    if (const auto folded = Fold(Apply(op, Datum::Of(query_.LiteralOf(inner))))) return *folded;
  }
  const bool is_test = op == Operator::kExists || op == Operator::kNotExists;
  const Expr expr{.kind = Expr::Kind::kUnary,
                  .op = op,
                  .reads_span = inner.reads_span,
                  .type = is_test ? StaticType(ValueType::kBool) : inner.type,
                  .left = operand};
  const ExprId id = AddExpr(expr, depths_[operand] + 1);
  CheckUnary(id);
  return id;
}

void QueryBuilder::CheckUnary(ExprId id) {
  const Expr& expr = query_.exprs[id];
  const Expr& operand = query_.exprs[expr.left];
  if (expr.op == Operator::kExists) return;
  if (expr.op != Operator::kNotExists) {
    const StaticType type =
        expr.op == Operator::kNot || expr.op == Operator::kNegate ? operand.type : std::nullopt;
    if (!IsAllowed(expr.op, type))
      AddTypeError("illegal operation for the given type: " + Format(query_, id));
    return;
  }
  const Attribute& attribute = query_.AttributeOf(operand);
  if (attribute.intrinsic != Intrinsic::kNone) {
    AddTypeError(Format(attribute) + "=nil is not valid because intrinsics cannot be nil");
  } else if (attribute.scope == Scope::kResource && attribute.key == "service.name") {
    AddTypeError(
        "resource.service.name=nil is not valid because resource.service.name cannot be nil");
  }
}

ExprId QueryBuilder::Binary(Operator op, ExprId left, ExprId right) {
  const Expr a = query_.exprs[left];
  const Expr b = query_.exprs[right];
  const bool is_sound =
      AreCompatible(a.type, b.type) && IsAllowed(op, a.type) && IsAllowed(op, b.type);
  if (is_sound && a.kind == Expr::Kind::kLiteral && b.kind == Expr::Kind::kLiteral) {
    if (const auto folded =
            Fold(Apply(op, Datum::Of(query_.LiteralOf(a)), Datum::Of(query_.LiteralOf(b)))))
      return *folded;
  }
  if (const std::optional<ExprId> wild = MatchWildcards(op, left, right)) return *wild;
  return AddBinary(op, left, right);
}

ExprId QueryBuilder::AddBinary(Operator op, ExprId left, ExprId right) {
  const Expr a = query_.exprs[left];
  const Expr b = query_.exprs[right];
  const Expr expr{
      .kind = Expr::Kind::kBinary,
      .op = op,
      .reads_span = a.reads_span || b.reads_span,
      .type = IsArithmetic(op) ? ArithmeticType(a.type, b.type) : StaticType(ValueType::kBool),
      .left = left,
      .right = right};
  const auto depth_of = [&](ExprId side) {
    const Expr& child = query_.exprs[side];
    const bool joins = IsChain(op) && child.kind == Expr::Kind::kBinary && child.op == op;
    return depths_[side] + (joins ? 0 : 1);
  };
  const ExprId id = AddExpr(expr, std::max(depth_of(left), depth_of(right)));
  CheckBinary(id);
  return id;
}

// A comparison of a bare name with a text that holds a star, as it is meant: with a regular
// expression, or with the text without its backslashes. Nothing for all others.
std::optional<ExprId> QueryBuilder::MatchWildcards(Operator op, ExprId left, ExprId right) {
  if (op != Operator::kEqual && op != Operator::kNotEqual) return std::nullopt;
  if (query_.exprs[left].kind == Expr::Kind::kLiteral) std::swap(left, right);
  const Expr& a = query_.exprs[left];
  const Expr& b = query_.exprs[right];
  if (a.kind != Expr::Kind::kAttribute || b.kind != Expr::Kind::kLiteral ||
      !query_.AttributeOf(a).is_bare)
    return std::nullopt;
  const Value& text = query_.LiteralOf(b);
  if (text.type != ValueType::kString || !text.text.contains('*')) return std::nullopt;
  std::string literal;
  if (std::optional<std::string> expression = Regex::OfWildcards(text.text, literal)) {
    const Operator matches = op == Operator::kEqual ? Operator::kMatch : Operator::kNotMatch;
    return AddBinary(matches, left, Literal(Value::String(*std::move(expression))));
  }
  return AddBinary(op, left, Literal(Value::String(std::move(literal))));
}

void QueryBuilder::CheckBinary(ExprId id) {
  const Expr& expr = query_.exprs[id];
  const Expr& left = query_.exprs[expr.left];
  const Expr& right = query_.exprs[expr.right];
  if (!AreCompatible(left.type, right.type)) {
    AddTypeError("binary operations must operate on the same type: " + Format(query_, id));
  } else if (!IsAllowed(expr.op, left.type) || !IsAllowed(expr.op, right.type)) {
    AddTypeError("illegal operation for the given types: " + Format(query_, id));
  } else if (IsRegex(expr.op) && right.kind == Expr::Kind::kLiteral &&
             !Regex::Compile(query_.LiteralOf(right).text)) {
    AddTypeError("invalid regex: " + Format(query_, expr.right));
  }
}

SpansetId QueryBuilder::Filter(ExprId expr) {
  const StaticType type = query_.exprs[expr].type;
  if (type && *type != ValueType::kBool) {
    AddTypeError(fmt::format("span filter field expressions must resolve to a boolean: {{ {} }}",
                             Format(query_, expr)));
  }
  spanset_depths_.push_back(1);
  return Add(query_.spansets, Spanset{.kind = Spanset::Kind::kFilter, .filter = expr});
}

SpansetId QueryBuilder::SpansetBinary(SpansetOperator op, SpansetId left, SpansetId right) {
  spanset_depths_.push_back(std::max(spanset_depths_[left], spanset_depths_[right]) + 1);
  CheckDepth(spanset_depths_.back());
  return Add(query_.spansets,
             Spanset{.kind = Spanset::Kind::kBinary, .op = op, .left = left, .right = right});
}

SpansetId QueryBuilder::WrappedPipeline(PipelineId pipeline) {
  spanset_depths_.push_back(pipeline_depths_[pipeline] + 1);
  CheckDepth(spanset_depths_.back());
  return Add(query_.spansets, Spanset{.kind = Spanset::Kind::kPipeline, .pipeline = pipeline});
}

ScalarId QueryBuilder::Count() {
  return Add(query_.scalars, Scalar{.kind = Scalar::Kind::kAggregate,
                                    .aggregate = Aggregate::kCount,
                                    .type = ValueType::kInt});
}

ScalarId QueryBuilder::AggregateOf(Aggregate aggregate, ExprId argument) {
  const Expr& expr = query_.exprs[argument];
  const Scalar scalar{.kind = Scalar::Kind::kAggregate,
                      .aggregate = aggregate,
                      .argument = argument,
                      .type = expr.type};
  if (expr.type && !IsAllowed(Operator::kAdd, expr.type)) {
    AddTypeError("aggregate field expressions must resolve to a number type: " +
                 FormatAggregate(query_, scalar));
  } else if (!expr.reads_span) {
    AddTypeError("aggregate field expressions must reference the span: " +
                 FormatAggregate(query_, scalar));
  }
  return Add(query_.scalars, scalar);
}

ScalarId QueryBuilder::ScalarLiteral(Value value) {
  Scalar scalar{.kind = Scalar::Kind::kLiteral, .is_constant = true, .type = value.type};
  scalar.literal = std::move(value);
  return Add(query_.scalars, std::move(scalar));
}

ScalarId QueryBuilder::ScalarBinary(Operator op, ScalarId left, ScalarId right) {
  const Scalar& a = query_.scalars[left];
  const Scalar& b = query_.scalars[right];
  Scalar scalar{.kind = Scalar::Kind::kBinary,
                .op = op,
                .type = ArithmeticType(a.type, b.type),
                .left = left,
                .right = right};
  if (a.is_constant && b.is_constant) {
    const Result<Datum> value = Apply(op, Datum::Of(a.literal), Datum::Of(b.literal));
    scalar.is_constant = value.has_value();
    scalar.literal = value.value_or(Datum()).ToValue();
  }
  return Add(query_.scalars, std::move(scalar));
}

ScalarId QueryBuilder::PipelineScalar(PipelineId, ScalarId aggregate) {
  Scalar scalar = query_.scalars[aggregate];
  scalar.kind = Scalar::Kind::kPipeline;
  return Add(query_.scalars, std::move(scalar));
}

// `%v` is literally what Tempo prints.
Stage QueryBuilder::FilterScalar(Operator op, ScalarId left, ScalarId right) {
  if (query_.scalars[left].kind != Scalar::Kind::kAggregate) {
    AddTypeError("scalar filter lhs of type (%v) not yet supported");
  } else if (query_.scalars[right].kind != Scalar::Kind::kLiteral) {
    AddTypeError("scalar filter rhs of type (%v) not yet supported");
  }
  return ScalarFilter{op, left, right};
}

Stage QueryBuilder::Group(ExprId key) {
  if (!query_.exprs[key].reads_span)
    AddTypeError(fmt::format("grouping field expressions must reference the span: by({})",
                             Format(query_, key)));
  return GroupBy{key};
}

Stage QueryBuilder::SelectOf(std::vector<Attribute> attributes) {
  for (const Attribute& attribute : attributes) CheckAttribute(attribute);
  return Select{std::move(attributes)};
}

PipelineId QueryBuilder::NewPipeline(Stage first) {
  pipeline_depths_.push_back(0);
  return Append(Add(query_.pipelines, Pipeline()), std::move(first));
}

PipelineId QueryBuilder::Append(PipelineId pipeline, Stage stage) {
  if (const auto* spanset_stage = std::get_if<SpansetStage>(&stage)) {
    pipeline_depths_[pipeline] =
        std::max(pipeline_depths_[pipeline], spanset_depths_[spanset_stage->spanset]);
  }
  query_.pipelines[pipeline].stages.push_back(std::move(stage));
  return pipeline;
}

}  // namespace vivace::traceql
