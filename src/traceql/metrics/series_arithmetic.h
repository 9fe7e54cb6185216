// Arithmetic between series, and between series and numbers: `({} | rate()) / ({} |
// count_over_time())`, `(…) * 2` (spec/traceql.md 8.1).
//
// Called by MetricsPlan, whose queries have made the series. Pure functions, any thread; cost: the
// samples, and a lookup by labels for each series.
#pragma once

#include <vector>

#include "traceql/metrics/series.h"
#include "traceql/value/operators.h"

namespace vivace::traceql {

// Series match by equal labels (but for the name), interval by interval; a single series without
// labels matches all of the other side. If a side has no sample, and after a division by zero,
// there is none.
std::vector<Series> CombineSeries(Operator op, const std::vector<Series>& left,
                                  const std::vector<Series>& right);
// Each value with a number on one side of the operator.
std::vector<Series> CombineConstant(Operator op, std::vector<Series> series, double constant,
                                    bool constant_is_left);

// One sample; kNoSample after a division by zero.
double ApplyArithmetic(Operator op, double left, double right);

}  // namespace vivace::traceql
