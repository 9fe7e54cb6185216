// The threshold filter, a second stage: of `… | rate() > 5` only the samples stay that pass the
// comparison (spec/traceql.md 8.1).
//
// Called by ApplySecondStage. A pure function, any thread; cost: the samples and exemplars.
#pragma once

#include <vector>

#include "traceql/metrics/series.h"
#include "traceql/value/operators.h"

namespace vivace::traceql {

// `op` is a comparison. Exemplars must pass too. Series without a sample left are dropped.
std::vector<Series> FilterByThreshold(std::vector<Series> series, Operator op, double threshold);

}  // namespace vivace::traceql
