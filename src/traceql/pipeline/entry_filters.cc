#include "traceql/pipeline/entry_filters.h"

#include <algorithm>
#include <iterator>

#include "traceql/pipeline/spanset_operators.h"

namespace vivace::traceql {
namespace {

using Filters = std::optional<std::vector<ExprId>>;  // none: any span can get in

// Guesses, as databases make them that have no statistics: only their order matters.
constexpr double kShareOfValue = 0.05;   // = "x"
constexpr double kShareOfCode = 0.2;     // of a kind or status
constexpr double kShareOfPattern = 0.2;  // =~ "x.*"
constexpr double kShareOfSlow = 0.1;     // duration > 1s: what is looked for is rare
constexpr double kShareOfRange = 0.3;    // > 1
constexpr double kShareOfKey = 0.5;      // != nil
constexpr double kShareOfOthers = 0.9;   // != "x"

double ShareOf(const Condition& condition) {
  if (condition.test == Condition::Test::kExists) return kShareOfKey;
  if (condition.test != Condition::Test::kCompare) return 1;
  const Intrinsic intrinsic = condition.attribute.intrinsic;
  switch (condition.op) {
    case Operator::kEqual:
      return intrinsic == Intrinsic::kKind || intrinsic == Intrinsic::kStatus ? kShareOfCode
                                                                              : kShareOfValue;
    case Operator::kMatch:
      return kShareOfPattern;
    case Operator::kNotEqual:
    case Operator::kNotMatch:
      return kShareOfOthers;
    case Operator::kGreater:
    case Operator::kGreaterEqual:
      return intrinsic == Intrinsic::kDuration ? kShareOfSlow : kShareOfRange;
    default:
      return kShareOfRange;
  }
}

bool IsAnd(const Expr& expr) {
  return expr.kind == Expr::Kind::kBinary && expr.op == Operator::kAnd;
}

// a, b and c of a && b && c.
std::vector<ExprId> PartsOf(const Query& query, ExprId filter) {
  std::vector<ExprId> parts;
  std::vector<ExprId> pending{filter};
  while (!pending.empty()) {
    const ExprId id = pending.back();
    pending.pop_back();
    const Expr& expr = query.exprs[id];
    if (IsAnd(expr)) {
      pending.push_back(expr.right);
      pending.push_back(expr.left);
    } else {
      parts.push_back(id);
    }
  }
  return parts;
}

// Part of a trace is not enough to evaluate what is trace-level: any span may pass it.
double ShareOfPart(const Query& query, ExprId part) {
  if (IsTraceLevel(query, part)) return 1;
  const Expr& expr = query.exprs[part];
  if (expr.kind == Expr::Kind::kUnary && expr.op == Operator::kNot) return kShareOfOthers;
  const std::vector<Condition> conditions = ConditionsOfExpr(query, part);
  double share = conditions.empty() ? 1 : 0;  // of a || b
  for (const Condition& condition : conditions) share += ShareOf(condition);
  return std::min(share, 1.0);
}

double ShareOfAny(const Query& query, const Filters& filters) {
  if (!filters.has_value()) return 2;  // even worse than a filter that passes everything
  double share = 0;
  for (const ExprId filter : *filters) share += EstimatedShare(query, filter);
  return std::min(share, 1.0);
}

Filters Both(Filters left, const Filters& right) {
  if (!left.has_value() || !right.has_value()) return std::nullopt;
  left->insert(left->end(), right->begin(), right->end());
  return left;
}

// Spansets may be nested deeply: no recursion but into pipelines, which the parser limits.
class EntryFilterFinder {
 public:
  explicit EntryFilterFinder(const Query& query) : query_(query) {}

  Filters Of(SpansetId root) {
    std::vector<Step> pending{{root, false}};
    while (!pending.empty()) {
      const Step step = pending.back();
      pending.pop_back();
      const Spanset& spanset = query_.spansets[step.spanset];
      if (spanset.kind != Spanset::Kind::kBinary) {
        found_.push_back(OfLeaf(spanset));
      } else if (step.has_sides) {
        Join(NeededSidesOf(spanset.op));
      } else {
        pending.push_back({step.spanset, true});
        pending.push_back({spanset.right, false});
        pending.push_back({spanset.left, false});
      }
    }
    return std::move(found_.back());
  }

 private:
  struct Step {
    SpansetId spanset;
    bool has_sides;  // the filters of both are the last ones found
  };

  Filters OfLeaf(const Spanset& spanset) const {
    if (spanset.kind == Spanset::Kind::kPipeline) return EntryFiltersOf(query_, spanset.pipeline);
    return std::vector{spanset.filter};
  }

  void Join(NeededSides needed) {
    const Filters right = std::move(found_.back());
    found_.pop_back();
    Filters& left = found_.back();
    if (needed == NeededSides::kEither) {
      left = Both(std::move(left), right);
    } else if (needed == NeededSides::kRight ||
               ShareOfAny(query_, right) <= ShareOfAny(query_, left)) {
      left = right;
    }
  }

  const Query& query_;
  std::vector<Filters> found_;
};

// The comparisons of a && b && c; nothing of what is not one.
std::vector<Condition> RequiredConditions(const Query& query, ExprId filter) {
  std::vector<Condition> required;
  for (const ExprId part : PartsOf(query, filter)) {
    const Expr& expr = query.exprs[part];
    if (expr.kind != Expr::Kind::kBinary) continue;
    const auto is_attribute = [&](ExprId id) {
      return query.exprs[id].kind == Expr::Kind::kAttribute;
    };
    if (!is_attribute(expr.left) && !is_attribute(expr.right)) continue;
    const std::vector<Condition> conditions = ConditionsOfExpr(query, part);
    if (conditions.size() == 1 && conditions.front().test == Condition::Test::kCompare)
      required.push_back(conditions.front());
  }
  return required;
}

}  // namespace

Filters EntryFiltersOf(const Query& query, PipelineId pipeline) {
  const auto* first = std::get_if<SpansetStage>(&query.pipelines[pipeline].stages.front());
  return first == nullptr ? std::nullopt : EntryFilterFinder(query).Of(first->spanset);
}

EntryConditions EntryConditionsOf(const Query& query, PipelineId pipeline) {
  const Filters filters = EntryFiltersOf(query, pipeline);
  EntryConditions entry_conditions;
  for (const ExprId filter : filters.value_or(std::vector<ExprId>())) {
    entry_conditions.push_back(RequiredConditions(query, filter));
    if (entry_conditions.back().empty()) return {};  // this one has none: any trace may match
  }
  return entry_conditions;
}

std::vector<ExprId> SpanLevelPartsOf(const Query& query, ExprId filter) {
  if (!IsTraceLevel(query, filter)) return {filter};
  std::vector<ExprId> parts = PartsOf(query, filter);
  std::erase_if(parts, [&](ExprId part) { return IsTraceLevel(query, part); });
  return parts;
}

double EstimatedShare(const Query& query, ExprId filter) {
  double share = 1;
  for (const ExprId part : PartsOf(query, filter)) share *= ShareOfPart(query, part);
  return share;
}

}  // namespace vivace::traceql
