// What is done to finished series: topk, bottomk, comparisons, arithmetic between series (spec/traceql.md 5.6, 8.1). Pure functions.
#pragma once

#include <vector>

#include "traceql/metrics/series.h"
#include "traceql/syntax/ast.h"

namespace vivace::traceql {

std::vector<Series> ApplyStage(const SeriesStage& stage, std::vector<Series> series);

// Series of equal labels (but for the name) meet interval by interval; a single series without labels meets all of the other side. Where a
// side has no sample, and after a division by zero, there is none.
std::vector<Series> CombineSeries(Operator op, const std::vector<Series>& left, const std::vector<Series>& right);
// Each value with a number on one side of the operator.
std::vector<Series> CombineConstant(Operator op, std::vector<Series> series, double constant, bool constant_is_left);

double ApplyArithmetic(Operator op, double left, double right);

}  // namespace vivace::traceql
