#include "traceql/pipeline/structural_operators.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <unordered_map>
#include <unordered_set>

namespace vivace::traceql {
namespace {

using Numbers = std::span<const NestedSetNumbers>;

// The plain relations, each as the right-hand spans that it holds for.
enum class Relation : uint8_t { kChild, kParent, kDescendant, kAncestor, kSibling };

bool IsInTree(const NestedSetNumbers& numbers) { return numbers.left > 0; }

SpanRows Keep(const SpanRows& rows, Numbers numbers,
              const std::function<bool(uint32_t row)>& test) {
  SpanRows kept;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(kept),
               [&](uint32_t row) { return IsInTree(numbers[row]) && test(row); });
  return kept;
}

std::unordered_set<int32_t> Collect(const SpanRows& rows, Numbers numbers,
                                    int32_t NestedSetNumbers::*number) {
  std::unordered_set<int32_t> all;
  for (const uint32_t row : rows) {
    if (IsInTree(numbers[row])) all.insert(numbers[row].*number);
  }
  return all;
}

SpanRows Children(const SpanRows& left, const SpanRows& right, Numbers numbers) {
  const auto lefts = Collect(left, numbers, &NestedSetNumbers::left);
  return Keep(right, numbers, [&](uint32_t row) { return lefts.contains(numbers[row].parent); });
}

SpanRows Parents(const SpanRows& left, const SpanRows& right, Numbers numbers) {
  const auto parents = Collect(left, numbers, &NestedSetNumbers::parent);
  return Keep(right, numbers, [&](uint32_t row) { return parents.contains(numbers[row].left); });
}

// Intervals are nested or disjoint: of those that begin before a span, one contains it if the one
// that ends last does.
SpanRows Descendants(const SpanRows& left, const SpanRows& right, Numbers numbers) {
  std::vector<std::pair<int32_t, int32_t>> begun;  // left, and the largest right so far
  for (const uint32_t row : left) {
    if (IsInTree(numbers[row])) begun.emplace_back(numbers[row].left, numbers[row].right);
  }
  std::sort(begun.begin(), begun.end());
  for (size_t i = 1; i < begun.size(); ++i)
    begun[i].second = std::max(begun[i].second, begun[i - 1].second);
  return Keep(right, numbers, [&](uint32_t row) {
    const auto after =
        std::lower_bound(begun.begin(), begun.end(), std::pair(numbers[row].left, 0));
    return after != begun.begin() && std::prev(after)->second > numbers[row].right;
  });
}

SpanRows Ancestors(const SpanRows& left, const SpanRows& right, Numbers numbers) {
  std::vector<int32_t> lefts;
  for (const uint32_t row : left) {
    if (IsInTree(numbers[row])) lefts.push_back(numbers[row].left);
  }
  std::sort(lefts.begin(), lefts.end());
  return Keep(right, numbers, [&](uint32_t row) {
    const auto inside = std::upper_bound(lefts.begin(), lefts.end(), numbers[row].left);
    return inside != lefts.end() && *inside < numbers[row].right;
  });
}

SpanRows Without(const SpanRows& rows, const SpanRows& removed) {
  SpanRows left;
  std::set_difference(rows.begin(), rows.end(), removed.begin(), removed.end(),
                      std::back_inserter(left));
  return left;
}

SpanRows Siblings(const SpanRows& left, const SpanRows& right, Numbers numbers) {
  struct SiblingGroup {
    uint32_t count = 0;
    uint32_t row = 0;  // one of them
  };
  std::unordered_map<int32_t, SiblingGroup> groups;  // by parent
  for (const uint32_t row : left) {
    if (!IsInTree(numbers[row])) continue;
    SiblingGroup& group = groups[numbers[row].parent];
    ++group.count;
    group.row = row;
  }
  return Keep(right, numbers, [&](uint32_t row) {
    const auto group = groups.find(numbers[row].parent);
    return group != groups.end() && (group->second.count > 1 || group->second.row != row);
  });
}

SpanRows Related(Relation relation, const SpanRows& left, const SpanRows& right, Numbers numbers) {
  switch (relation) {
    case Relation::kChild:
      return Children(left, right, numbers);
    case Relation::kParent:
      return Parents(left, right, numbers);
    case Relation::kDescendant:
      return Descendants(left, right, numbers);
    case Relation::kAncestor:
      return Ancestors(left, right, numbers);
    case Relation::kSibling:
      return Siblings(left, right, numbers);
  }
  return {};
}

Relation Reversed(Relation relation) {
  switch (relation) {
    case Relation::kChild:
      return Relation::kParent;
    case Relation::kParent:
      return Relation::kChild;
    case Relation::kDescendant:
      return Relation::kAncestor;
    case Relation::kAncestor:
      return Relation::kDescendant;
    case Relation::kSibling:
      return Relation::kSibling;
  }
  return relation;
}

// Operators are in the order of the relations: plain, negated, union.
Relation RelationOf(SpansetOperator op, SpansetOperator first) {
  return static_cast<Relation>(static_cast<size_t>(op) - static_cast<size_t>(first));
}

}  // namespace

bool IsStructural(SpansetOperator op) { return op >= SpansetOperator::kChild; }

SpanRows ApplyStructural(SpansetOperator op, const SpanRows& left, const SpanRows& right,
                         Numbers numbers) {
  if (op >= SpansetOperator::kUnionChild) {
    const Relation relation = RelationOf(op, SpansetOperator::kUnionChild);
    return Union(Related(Reversed(relation), right, left, numbers),
                 Related(relation, left, right, numbers));
  }
  if (op >= SpansetOperator::kNotChild) {
    return Without(right,
                   Related(RelationOf(op, SpansetOperator::kNotChild), left, right, numbers));
  }
  return Related(RelationOf(op, SpansetOperator::kChild), left, right, numbers);
}

}  // namespace vivace::traceql
