#include "api/http_responses.h"
#include "api/queries/metrics_runner.h"
#include "api/responses/metrics_response.h"
#include "api/routes/routes.h"

namespace vivace {
namespace {

Result<HttpResponse> AnswerQueryRange(const ApiRequest& request, const QueryContext& context,
                                      QueryOutcome& outcome) {
  VIVACE_ASSIGN(const MetricsParameters parameters,
                ParseMetricsParameters(request, /*is_instant=*/false, context.now_unix_nanos()));
  VIVACE_ASSIGN(MetricsRequest metrics_request,
                MakeMetricsRequest(parameters, request.tenants, context));
  VIVACE_ASSIGN(const MetricsResponse answer,
                RunMetrics(metrics_request, CallerOf(request), context));
  outcome.inspected_bytes = answer.stats.inspected_bytes;
  return MarkPartial(JsonResponse(QueryRangeToJson(answer)), PartialMessage(answer.stats));
}

}  // namespace

void AddMetricsQueryRangeRoute(const QueryContext& context, Router& router) {
  AddQueryRoute("/api/metrics/query_range", "metrics", context, router, AnswerQueryRange);
}

}  // namespace vivace
