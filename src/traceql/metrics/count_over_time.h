// CountOverTime: count_over_time(): how many spans start within each interval
// (spec/traceql.md 5.3).
//
// One of the functions of function.h; a FunctionQuery owns it. One thread. Memory: 4 bytes for each
// interval of a group.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "traceql/metrics/counts_by_interval.h"
#include "traceql/metrics/time_steps.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

class CountOverTime : public CountsByInterval {
 public:
  static constexpr std::string_view kName = "count_over_time";

  CountOverTime(const MetricsStage& /*stage*/, const TimeSteps& steps) : CountsByInterval(steps) {}

  std::vector<double> Samples(uint32_t group) const {
    return {CountsOf(group).begin(), CountsOf(group).end()};
  }
};

}  // namespace vivace::traceql
