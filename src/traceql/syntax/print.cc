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

// Prints a tree: `expand` appends the text of a leaf, or pushes the pieces of any other node, last one first.
template <typename Expand>
std::string PrintTree(uint32_t root, const Expand& expand) {
  std::string out;
  std::vector<Piece> open{{"", root}};
  while (!open.empty()) {
    const Piece piece = open.back();
    open.pop_back();
    if (piece.node) {
      expand(*piece.node, out, open);
    } else {
      out += piece.text;
    }
  }
  return out;
}

void PushWrapped(std::vector<Piece>& open, uint32_t node, bool is_leaf) {
  if (is_leaf) {
    open.push_back({"", node});
    return;
  }
  open.push_back({")", {}});
  open.push_back({"", node});
  open.push_back({"(", {}});
}

void PushOperator(std::vector<Piece>& open, Operator op) {
  open.push_back({" ", {}});
  open.push_back({TextOf(op), {}});
  open.push_back({" ", {}});
}

}  // namespace

std::string Format(const Query& query, ExprId root) {
  const auto is_leaf = [&](ExprId id) {
    return query.exprs[id].kind == Expr::Kind::kLiteral || query.exprs[id].kind == Expr::Kind::kAttribute;
  };
  return PrintTree(root, [&](ExprId id, std::string& out, std::vector<Piece>& open) {
    const Expr& expr = query.exprs[id];
    switch (expr.kind) {
      case Expr::Kind::kLiteral:
        out += Format(query.LiteralOf(expr));
        return;
      case Expr::Kind::kAttribute:
        out += Format(query.AttributeOf(expr));
        return;
      case Expr::Kind::kUnary:
        if (expr.op == Operator::kExists || expr.op == Operator::kMissing) {
          open.push_back({expr.op == Operator::kExists ? " != nil" : " = nil", {}});
          PushWrapped(open, expr.left, is_leaf(expr.left));
          return;
        }
        PushWrapped(open, expr.left, is_leaf(expr.left));
        open.push_back({TextOf(expr.op), {}});
        return;
      case Expr::Kind::kBinary:
        PushWrapped(open, expr.right, is_leaf(expr.right));
        PushOperator(open, expr.op);
        PushWrapped(open, expr.left, is_leaf(expr.left));
        return;
    }
  });
}

std::string FormatAggregate(const Query& query, const Scalar& scalar) {
  const std::string name(kAggregateNames[static_cast<size_t>(scalar.aggregate)]);
  return name + "(" + (scalar.aggregate == Aggregate::kCount ? "" : Format(query, scalar.argument)) + ")";
}

std::string FormatScalar(const Query& query, ScalarId root) {
  const auto is_leaf = [&](ScalarId id) { return query.scalars[id].kind != Scalar::Kind::kBinary; };
  return PrintTree(root, [&](ScalarId id, std::string& out, std::vector<Piece>& open) {
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
        PushWrapped(open, scalar.right, is_leaf(scalar.right));
        PushOperator(open, scalar.op);
        PushWrapped(open, scalar.left, is_leaf(scalar.left));
        return;
    }
  });
}

}  // namespace vivace::traceql
