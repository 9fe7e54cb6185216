// SumOverTime: sum_over_time(x): the sum of the values of x on the spans that start within each
// interval (spec/traceql.md 5.3).
//
// One of the functions of function.h; a FunctionQuery owns it. One thread. Memory: 24 bytes for
// each interval of a group.
#pragma once

#include <string_view>

#include "traceql/metrics/compensated_sum.h"
#include "traceql/metrics/fold_over_time.h"
#include "traceql/metrics/series.h"

namespace vivace::traceql {

struct SumFold {
  CompensatedSum values;

  void Add(double value) { values.Add(value); }
  void Merge(const SumFold& other) { values.Merge(other.values); }
  double Sample() const { return values.count() > 0 ? values.sum() : kNoSample; }
};

class SumOverTime : public FoldOverTime<SumFold> {
 public:
  static constexpr std::string_view kName = "sum_over_time";
  using FoldOverTime::FoldOverTime;
};

}  // namespace vivace::traceql
