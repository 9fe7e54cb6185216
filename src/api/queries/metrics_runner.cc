#include "api/queries/metrics_runner.h"

#include <fmt/format.h>

#include "query/trace_walk.h"

namespace vivace {
namespace {

MetricsAnswer AnswerOf(const traceql::MetricsPlan& plan, const traceql::TimeSteps& steps, const QueryStats& stats, uint64_t series_max) {
  MetricsAnswer answer{.series = plan.TakenSeries(), .steps = steps, .stats = stats, .message = {}};
  const bool is_over = series_max != 0 && answer.series.size() > series_max;
  if (!is_over && !plan.is_cut()) return answer;
  if (is_over) answer.series.resize(series_max);
  answer.message = fmt::format(
      "Response exceeds maximum series limit of {}, a partial response is returned. Warning: the accuracy of each individual value is not "
      "guaranteed.",
      answer.series.size());
  return answer;
}

}  // namespace

Result<MetricsAnswer> RunMetrics(MetricsRequest request, const QueryCaller& caller, const QueryContext& context,
                                 const MetricsProgress& progress) {
  const traceql::TimeSteps steps = request.options.steps;
  const auto plan = traceql::MetricsPlan::Make(std::move(request.query), request.options);
  if (plan->is_empty()) return MetricsAnswer{.series = {}, .steps = steps, .stats = {}, .message = {}};
  QueryPlaces places(context.ingester, context.catalog, caller.tenants, {steps.start_unix_nanos, steps.end_unix_nanos()}, context.memory);
  TraceWalk walk(places, caller.cancelled);
  const auto answer = [&] { return AnswerOf(*plan, steps, walk.stats(), request.series_max); };
  for (const auto& query : plan->queries()) {
    const bool is_only = plan->queries().size() == 1;  // of several all must have been run before anything is settled
    VIVACE_TRY(walk.Run(*query, [&](const QueryStats&, uint64_t settled_unix_nanos) {
      return !progress || progress(answer, is_only ? settled_unix_nanos : UINT64_MAX);
    }));
  }
  return answer();
}

}  // namespace vivace
