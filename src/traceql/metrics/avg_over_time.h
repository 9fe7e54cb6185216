// AvgOverTime: avg_over_time(x): the average of the values of x on the spans that start within each
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

struct AverageFold {
  CompensatedSum values;

  void Add(double value) { values.Add(value); }
  void Merge(const AverageFold& other) { values.Merge(other.values); }
  double Sample() const {
    return values.count() > 0 ? values.sum() / static_cast<double>(values.count()) : kNoSample;
  }
};

class AvgOverTime : public FoldOverTime<AverageFold> {
 public:
  static constexpr std::string_view kName = "avg_over_time";
  using FoldOverTime::FoldOverTime;
};

}  // namespace vivace::traceql
