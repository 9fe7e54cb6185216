// bottomk(k), a second stage: in each interval only the k smallest samples stay
// (spec/traceql.md 5.6).
//
// Called by ApplySecondStage. A pure function, any thread; cost: a sort of the series for each
// interval.
#pragma once

#include <cstddef>
#include <vector>

#include "traceql/metrics/series.h"

namespace vivace::traceql {

// Of equal samples that of the series stays that topk would drop. Series without a sample left are
// dropped.
std::vector<Series> BottomK(std::vector<Series> series, size_t limit);

}  // namespace vivace::traceql
