// MinOverTime: min_over_time(x): the smallest of the values of x on the spans that start within
// each interval (spec/traceql.md 5.3).
//
// One of the functions of function.h; a FunctionQuery owns it. One thread. Memory: 16 bytes for
// each interval of a group.
#pragma once

#include <optional>
#include <string_view>

#include "traceql/metrics/fold_over_time.h"
#include "traceql/metrics/series.h"

namespace vivace::traceql {

struct SmallestFold {
  std::optional<double> smallest;

  void Add(double value) {
    if (!smallest || value < *smallest) smallest = value;
  }
  void Merge(const SmallestFold& other) {
    if (other.smallest) Add(*other.smallest);
  }
  double Sample() const { return smallest.value_or(kNoSample); }
};

class MinOverTime : public FoldOverTime<SmallestFold> {
 public:
  static constexpr std::string_view kName = "min_over_time";
  using FoldOverTime::FoldOverTime;
};

}  // namespace vivace::traceql
