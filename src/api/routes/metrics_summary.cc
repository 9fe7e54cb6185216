#include <algorithm>

#include "api/http_responses.h"
#include "api/parameters/summary_parameters.h"
#include "api/responses/summary_response.h"
#include "api/routes/routes.h"
#include "query/trace_scan.h"
#include "traceql/metrics/summary_query.h"

namespace vivace {
namespace {

Result<HttpResponse> AnswerSummary(const ApiRequest& request, const QueryContext& context,
                                   QueryOutcome& outcome) {
  VIVACE_ASSIGN(const SummaryParameters parameters, ParseSummaryParameters(request, context));
  const uint64_t start = parameters.window.start_unix_nanos;
  const traceql::TimeSteps steps{
      start, std::max<uint64_t>(parameters.window.end_unix_nanos - start, 1), 1};
  const auto summarize = [&](GoneBlocks gone) -> Result<HttpResponse> {
    traceql::SummaryQuery query(parameters.query, parameters.query.pipeline, parameters.by, steps);
    QuerySources sources(context.ingester, context.catalog, request.tenants, parameters.window,
                         {context.memory, gone});
    TraceScan scan(sources, request.http.cancel_token,
                   context.ScanOf(request.tenants, context.config.metrics.concurrent_jobs));
    VIVACE_TRY(scan.Run(query));
    outcome.inspected_bytes = scan.stats().inspected_bytes;
    return MarkPartial(
        JsonResponse(SummariesToJson(query.summaries(), parameters.by, parameters.limit)),
        PartialMessage(scan.stats()));
  };
  return WithFreshBlocks(context.catalog, request.tenants, summarize);
}

}  // namespace

void AddMetricsSummaryRoute(const QueryContext& context, Router& router) {
  AddQueryRoute("/api/metrics/summary", "metrics", context, router, AnswerSummary);
}

}  // namespace vivace
