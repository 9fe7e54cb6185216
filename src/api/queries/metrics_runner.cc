#include "api/queries/metrics_runner.h"

#include <fmt/format.h>

#include "query/trace_scan.h"

namespace vivace {
namespace {

MetricsResponse ResponseOf(const traceql::MetricsPlan& plan, const traceql::TimeSteps& steps,
                           const QueryStats& stats, uint64_t series_max) {
  MetricsResponse answer{
      .series = plan.CurrentSeries(), .steps = steps, .stats = stats, .message = {}};
  answer.message = PartialMessage(stats);
  const bool is_over = series_max != 0 && answer.series.size() > series_max;
  if (!is_over && !plan.is_truncated()) return answer;
  if (is_over) answer.series.resize(series_max);
  const std::string unread = answer.message.empty() ? "" : "; " + answer.message;
  answer.message = fmt::format(
      "Response exceeds maximum series limit of {}, a partial response is returned. Warning: the "
      "accuracy of each individual value is not "
      "guaranteed.{}",
      answer.series.size(), unread);
  return answer;
}

// Over one state of the list of blocks.
Result<MetricsResponse> RunOnce(MetricsRequest request, const QueryCaller& caller,
                                const QueryContext& context, const MetricsProgress& progress,
                                GoneBlocks gone) {
  const traceql::TimeSteps steps = request.options.steps;
  const auto plan = traceql::MetricsPlan::Make(std::move(request.query), request.options);
  if (plan->is_empty())
    return MetricsResponse{.series = {}, .steps = steps, .stats = {}, .message = {}};
  QuerySources sources(context.ingester, context.catalog, caller.tenants,
                       {steps.start_unix_nanos, steps.end_unix_nanos()}, {context.memory, gone});
  TraceScan scan(sources, caller.cancel_token,
                 context.ScanOf(caller.tenants, context.config.metrics.concurrent_jobs));
  const auto answer = [&] { return ResponseOf(*plan, steps, scan.stats(), request.series_max); };
  for (const auto& query : plan->queries()) {
    const bool is_only = plan->queries().size() ==
                         1;  // of several all must have been run before anything is settled
    VIVACE_TRY(scan.Run(*query, [&](const QueryStats&, uint64_t settled_unix_nanos) {
      return !progress || progress(answer, is_only ? settled_unix_nanos : UINT64_MAX);
    }));
  }
  return answer();
}

}  // namespace

Result<MetricsResponse> RunMetrics(const MetricsRequest& request, const QueryCaller& caller,
                                   const QueryContext& context, const MetricsProgress& progress) {
  return WithFreshBlocks(context.catalog, caller.tenants, [&](GoneBlocks gone) {
    return RunOnce(request, caller, context, progress, gone);
  });
}

}  // namespace vivace
