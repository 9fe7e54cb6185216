#include "traceql/pipeline/conditions.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "traceql/pipeline/select.h"
#include "traceql/syntax/ast_walk.h"

namespace vivace::traceql {
namespace {

bool IsKind(const Expr& expr, Expr::Kind kind) { return expr.kind == kind; }

class Extractor {
 public:
  explicit Extractor(const Query& query) : query_(query) {}

  void Add(ExprId root) {
    std::vector<ExprId> pending{root};
    while (!pending.empty()) {
      const Expr& expr = query_.exprs[pending.back()];
      pending.pop_back();
      switch (expr.kind) {
        case Expr::Kind::kLiteral:
          break;
        case Expr::Kind::kAttribute:
          conditions_.push_back({.attribute = query_.AttributeOf(expr)});
          break;
        case Expr::Kind::kUnary:
          if (!AddNilTest(expr)) pending.push_back(expr.left);
          break;
        case Expr::Kind::kBinary:
          if (AddComparison(expr)) break;
          pending.push_back(expr.right);
          pending.push_back(expr.left);
          break;
      }
    }
  }
  void Add(std::vector<Condition> conditions) {
    std::ranges::move(conditions, std::back_inserter(conditions_));
  }

  std::vector<Condition> Take() { return std::move(conditions_); }

 private:
  bool AddNilTest(const Expr& expr) {
    const Expr& operand = query_.exprs[expr.left];
    const bool is_nil_test = expr.op == Operator::kExists || expr.op == Operator::kNotExists;
    if (!is_nil_test || !IsKind(operand, Expr::Kind::kAttribute)) return false;
    const auto test =
        expr.op == Operator::kExists ? Condition::Test::kExists : Condition::Test::kNotExists;
    conditions_.push_back({.attribute = query_.AttributeOf(operand), .test = test});
    return true;
  }

  // Of an attribute with a literal, in either order.
  bool AddComparison(const Expr& expr) {
    if (!IsComparison(expr.op) && !IsRegex(expr.op)) return false;
    const Expr& left = query_.exprs[expr.left];
    const Expr& right = query_.exprs[expr.right];
    const bool is_plain =
        IsKind(left, Expr::Kind::kAttribute) && IsKind(right, Expr::Kind::kLiteral);
    const bool is_mirrored = IsComparison(expr.op) && IsKind(left, Expr::Kind::kLiteral) &&
                             IsKind(right, Expr::Kind::kAttribute);
    if (!is_plain && !is_mirrored) return false;
    conditions_.push_back({.attribute = query_.AttributeOf(is_plain ? left : right),
                           .test = Condition::Test::kCompare,
                           .op = is_plain ? expr.op : Mirrored(expr.op),
                           .literal = query_.LiteralOf(is_plain ? right : left)});
    return true;
  }

  const Query& query_;
  std::vector<Condition> conditions_;
};

}  // namespace

std::vector<Condition> ConditionsOf(const Query& query, PipelineId pipeline) {
  Extractor extractor(query);
  ForEachStage(query, pipeline, [&](const Stage& stage) {
    if (const auto* select = std::get_if<Select>(&stage)) extractor.Add(ConditionsOf(*select));
    ForEachExpr(query, stage, [&](ExprId expr) { extractor.Add(expr); });
  });
  return extractor.Take();
}

std::vector<Condition> ConditionsOfExpr(const Query& query, ExprId expr) {
  Extractor extractor(query);
  extractor.Add(expr);
  return extractor.Take();
}

bool IsTraceLevel(const Attribute& attribute) {
  switch (attribute.intrinsic) {
    case Intrinsic::kRootName:
    case Intrinsic::kRootServiceName:
    case Intrinsic::kTraceDuration:
    case Intrinsic::kSpanChildCount:
    case Intrinsic::kNestedSetLeft:
    case Intrinsic::kNestedSetRight:
    case Intrinsic::kNestedSetParent:
      return true;
    default:
      return false;
  }
}

bool IsTraceLevel(const Query& query, ExprId expr) {
  return std::ranges::any_of(ConditionsOfExpr(query, expr), [](const Condition& condition) {
    return IsTraceLevel(condition.attribute);
  });
}

bool IsFilterOnly(const Query& query, PipelineId pipeline) {
  return std::ranges::all_of(query.pipelines[pipeline].stages, [&](const Stage& stage) {
    const auto* filter = std::get_if<SpansetStage>(&stage);
    return std::holds_alternative<Select>(stage) ||
           (filter != nullptr && query.spansets[filter->spanset].kind == Spanset::Kind::kFilter);
  });
}

bool NeedsWholeTraces(const Query& query, PipelineId pipeline) {
  bool needs = false;
  ForEachStage(query, pipeline, [&](const Stage& stage) {
    needs |= std::holds_alternative<ScalarFilter>(stage);
    ForEachExpr(query, stage, [&](ExprId expr) { needs |= IsTraceLevel(query, expr); });
    ForEachOperator(query, stage, [&](SpansetOperator op) { needs |= op != SpansetOperator::kOr; });
  });
  return needs;
}

}  // namespace vivace::traceql
