// Second stages: what is done to finished series: topk, bottomk, threshold filters, each in the
// file of its name (spec/traceql.md 5.6, 8.1).
//
// Called by MetricsPlan. A pure function, any thread.
#pragma once

#include <vector>

#include "traceql/metrics/series.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

std::vector<Series> ApplySecondStage(const SecondStage& stage, std::vector<Series> series);

}  // namespace vivace::traceql
