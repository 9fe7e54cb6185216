#include "traceql/syntax/print.h"

#include <array>

namespace vivace::traceql {
namespace {

constexpr std::array<std::string_view, 5> kAggregateNames = {"count", "max", "min", "avg", "sum"};

// A piece of text, or a node that is still to be printed.
struct Piece {
  std::string_view text;
  std::optional<uint32_t> node;
};

// Prints a tree: `expand` appends the text of a leaf, or pushes the pieces of any other node, last
// one first.
template <typename Expand>
std::string PrintTree(uint32_t root, const Expand& expand) {
  std::string out;
  std::vector<Piece> pending{{"", root}};
  while (!pending.empty()) {
    const Piece piece = pending.back();
    pending.pop_back();
    if (piece.node) {
      expand(*piece.node, out, pending);
    } else {
      out += piece.text;
    }
  }
  return out;
}

void PushParenthesized(std::vector<Piece>& pending, uint32_t node, bool is_leaf) {
  if (is_leaf) {
    pending.push_back({"", node});
    return;
  }
  pending.push_back({")", {}});
  pending.push_back({"", node});
  pending.push_back({"(", {}});
}

void PushOperator(std::vector<Piece>& pending, Operator op) {
  pending.push_back({" ", {}});
  pending.push_back({TextOf(op), {}});
  pending.push_back({" ", {}});
}

}  // namespace

std::string Format(const Query& query, ExprId root) {
  const auto is_leaf = [&](ExprId id) {
    return query.exprs[id].kind == Expr::Kind::kLiteral ||
           query.exprs[id].kind == Expr::Kind::kAttribute;
  };
  return PrintTree(root, [&](ExprId id, std::string& out, std::vector<Piece>& pending) {
    const Expr& expr = query.exprs[id];
    switch (expr.kind) {
      case Expr::Kind::kLiteral:
        out += Format(query.LiteralOf(expr));
        return;
      case Expr::Kind::kAttribute:
        out += Format(query.AttributeOf(expr));
        return;
      case Expr::Kind::kUnary:
        if (expr.op == Operator::kExists || expr.op == Operator::kNotExists) {
          pending.push_back({expr.op == Operator::kExists ? " != nil" : " = nil", {}});
          PushParenthesized(pending, expr.left, is_leaf(expr.left));
          return;
        }
        PushParenthesized(pending, expr.left, is_leaf(expr.left));
        pending.push_back({TextOf(expr.op), {}});
        return;
      case Expr::Kind::kBinary:
        PushParenthesized(pending, expr.right, is_leaf(expr.right));
        PushOperator(pending, expr.op);
        PushParenthesized(pending, expr.left, is_leaf(expr.left));
        return;
    }
  });
}

std::string FormatAggregate(const Query& query, const Scalar& scalar) {
  const std::string name(kAggregateNames[static_cast<size_t>(scalar.aggregate)]);
  return name + "(" +
         (scalar.aggregate == Aggregate::kCount ? "" : Format(query, scalar.argument)) + ")";
}

std::string FormatScalar(const Query& query, ScalarId root) {
  const auto is_leaf = [&](ScalarId id) { return query.scalars[id].kind != Scalar::Kind::kBinary; };
  return PrintTree(root, [&](ScalarId id, std::string& out, std::vector<Piece>& pending) {
    const Scalar& scalar = query.scalars[id];
    switch (scalar.kind) {
      case Scalar::Kind::kAggregate:
      case Scalar::Kind::kPipeline:
        out += FormatAggregate(query, scalar);
        return;
      case Scalar::Kind::kLiteral:
        out += Format(scalar.literal);
        return;
      case Scalar::Kind::kBinary:
        PushParenthesized(pending, scalar.right, is_leaf(scalar.right));
        PushOperator(pending, scalar.op);
        PushParenthesized(pending, scalar.left, is_leaf(scalar.left));
        return;
    }
  });
}

}  // namespace vivace::traceql
