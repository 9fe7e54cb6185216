// MaxOverTime: max_over_time(x): the largest of the values of x on the spans that start within each
// interval (spec/traceql.md 5.3).
//
// One of the functions of function.h; a FunctionQuery owns it. One thread. Memory: 16 bytes for
// each interval of a group.
#pragma once

#include <optional>
#include <string_view>

#include "traceql/metrics/fold_over_time.h"
#include "traceql/metrics/series.h"

namespace vivace::traceql {

struct LargestFold {
  std::optional<double> largest;

  void Add(double value) {
    if (!largest || value > *largest) largest = value;
  }
  void Merge(const LargestFold& other) {
    if (other.largest) Add(*other.largest);
  }
  double Sample() const { return largest.value_or(kNoSample); }
};

class MaxOverTime : public FoldOverTime<LargestFold> {
 public:
  static constexpr std::string_view kName = "max_over_time";
  using FoldOverTime::FoldOverTime;
};

}  // namespace vivace::traceql
