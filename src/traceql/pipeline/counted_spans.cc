#include "traceql/pipeline/counted_spans.h"

#include <algorithm>
#include <vector>

#include "traceql/pipeline/conditions.h"
#include "traceql/syntax/ast_walk.h"

namespace vivace::traceql {

bool IsCounted(const Attribute& attribute) {
  if (attribute.of_parent) return false;
  switch (attribute.intrinsic) {
    case Intrinsic::kNone:
      return attribute.scope == Scope::kResource && IsServiceName(attribute);
    case Intrinsic::kName:
    case Intrinsic::kKind:
    case Intrinsic::kStatus:
      return true;
    default:
      return false;
  }
}

bool IsCountedExpr(const Query& query, ExprId root) {
  std::vector<ExprId> pending{root};
  while (!pending.empty()) {
    const Expr& expr = query.exprs[pending.back()];
    pending.pop_back();
    switch (expr.kind) {
      case Expr::Kind::kLiteral:
        break;
      case Expr::Kind::kAttribute:
        if (!IsCounted(query.AttributeOf(expr))) return false;
        break;
      case Expr::Kind::kUnary:
        if (expr.op == Operator::kNegate) return false;
        pending.push_back(expr.left);
        break;
      case Expr::Kind::kBinary:
        if (IsArithmetic(expr.op)) return false;
        pending.push_back(expr.right);
        pending.push_back(expr.left);
        break;
    }
  }
  return true;
}

bool IsCounted(const Query& query, PipelineId pipeline) {
  if (!IsFilterOnly(query, pipeline)) return false;
  bool is_counted = true;
  ForEachStage(query, pipeline, [&](const Stage& stage) {
    ForEachExpr(query, stage, [&](ExprId expr) { is_counted &= IsCountedExpr(query, expr); });
  });
  return is_counted;
}

}  // namespace vivace::traceql
