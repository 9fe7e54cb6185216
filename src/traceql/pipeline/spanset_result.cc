#include "traceql/pipeline/spanset_result.h"

#include <algorithm>
#include <iterator>

namespace vivace::traceql {

SpanRows Union(const SpanRows& a, const SpanRows& b) {
  SpanRows both;
  both.reserve(a.size() + b.size());
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

SpanRows Flattened(const std::vector<SpansetResult>& sets) {
  SpanRows rows;
  for (const SpansetResult& set : sets) rows = Union(rows, set.spans);
  return rows;
}

}  // namespace vivace::traceql
