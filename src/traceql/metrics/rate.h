// Rate: rate(): how many spans start within each interval, per second (spec/traceql.md 5.3).
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

class Rate : public CountsByInterval {
 public:
  static constexpr std::string_view kName = "rate";

  Rate(const MetricsStage& /*stage*/, const TimeSteps& steps)
      : CountsByInterval(steps), step_seconds_(steps.step_seconds()) {}

  std::vector<double> Samples(uint32_t group) const {
    std::vector<double> samples;
    for (const uint32_t count : CountsOf(group))
      samples.push_back(static_cast<double>(count) / step_seconds_);
    return samples;
  }

 private:
  double step_seconds_;
};

}  // namespace vivace::traceql
