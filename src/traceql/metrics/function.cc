#include "traceql/metrics/function.h"

#include <type_traits>

namespace vivace::traceql {

Function MakeFunction(const MetricsStage& stage, const TimeSteps& steps) {
  switch (stage.function) {
    case MetricsFunction::kRate:
    case MetricsFunction::kCompare:
      break;
    case MetricsFunction::kCountOverTime:
      return CountOverTime(stage, steps);
    case MetricsFunction::kMinOverTime:
      return MinOverTime(stage, steps);
    case MetricsFunction::kMaxOverTime:
      return MaxOverTime(stage, steps);
    case MetricsFunction::kAvgOverTime:
      return AvgOverTime(stage, steps);
    case MetricsFunction::kSumOverTime:
      return SumOverTime(stage, steps);
    case MetricsFunction::kQuantileOverTime:
      return QuantileOverTime(stage, steps);
    case MetricsFunction::kHistogramOverTime:
      return HistogramOverTime(stage, steps);
  }
  return Rate(stage, steps);
}

bool HasArgument(const Function& function) {
  return std::visit(
      [](const auto& made) { return std::remove_cvref_t<decltype(made)>::kHasArgument; }, function);
}

bool CanTakeCounts(const Function& function) {
  return std::visit(
      [](const auto& made) { return TakesCounts<std::remove_cvref_t<decltype(made)>>; }, function);
}

bool HasNilLabel(const Function& function) {
  return std::visit(
      [](const auto& made) { return std::remove_cvref_t<decltype(made)>::kHasNilLabel; }, function);
}

size_t SeriesPerGroup(const Function& function) {
  return std::visit([](const auto& made) { return made.series_per_group(); }, function);
}

}  // namespace vivace::traceql
