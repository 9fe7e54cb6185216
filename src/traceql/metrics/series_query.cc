#include "traceql/metrics/series_query.h"

#include <fmt/format.h>

#include <bit>

#include "traceql/metrics/compare.h"
#include "traceql/metrics/exemplar_picker.h"
#include "traceql/metrics/function_query.h"

namespace vivace::traceql {
namespace {

// Steps of a part, beyond those of its query.
constexpr size_t kPartStepsMax = 4096;

}  // namespace

// One interval is a query at an instant, whose grid hardly comes again.
std::optional<TimeSteps> SeriesQuery::StepsOfPart(const DataRange& range) const {
  if (options_.steps.count < 2) return std::nullopt;
  return options_.steps.Covering(range.first_unix_nanos, range.last_unix_nanos,
                                 std::max(options_.steps.count, kPartStepsMax));
}

// Of a part: a power of two, so that the same question about a window of a step more or less has
// the same parts.
uint64_t SeriesQuery::NanosPerExemplarSlot() const {
  const uint64_t nanos = options_.steps.step_nanos * options_.steps.count;
  const uint64_t slots = std::max<size_t>(1, options_.exemplars / ExemplarPicker::kPerSlot);
  return std::bit_floor(std::max<uint64_t>(1, nanos / slots));
}

std::optional<std::string> SeriesQuery::PartKey(const DataRange& range) const {
  if (options_.name.empty() || !StepsOfPart(range).has_value()) return std::nullopt;
  const TimeSteps& steps = options_.steps;
  return fmt::format("{}|{}|{}|{}|{}", options_.name, steps.step_nanos, steps.phase_nanos(),
                     options_.exemplars == 0 ? 0 : NanosPerExemplarSlot(), options_.bytes_max);
}

MetricsOptions SeriesQuery::OptionsOfPart(const std::optional<DataRange>& range) const {
  MetricsOptions options = options_;
  const std::optional<TimeSteps> steps = range.has_value() ? StepsOfPart(*range) : std::nullopt;
  if (!steps.has_value()) return options;
  options.steps = *steps;
  options.data_range = range;
  if (options.exemplars != 0)
    options.exemplars =
        ExemplarPicker::kPerSlot * (steps->step_nanos * steps->count / NanosPerExemplarSlot() + 1);
  return options;
}

std::unique_ptr<SeriesQuery> MakeSeriesQuery(std::shared_ptr<const Query> query,
                                             PipelineId pipeline, const MetricsStage& stage,
                                             const MetricsOptions& options) {
  if (stage.function == MetricsFunction::kCompare)
    return std::make_unique<CompareQuery>(std::move(query), pipeline, stage, options);
  return std::make_unique<FunctionQuery>(std::move(query), pipeline, stage, options);
}

}  // namespace vivace::traceql
