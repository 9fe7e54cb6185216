#include "api/http_responses.h"
#include "api/queries/metrics_runner.h"
#include "api/responses/metrics_response.h"
#include "api/routes/routes.h"

namespace vivace {
namespace {

Result<HttpResponse> AnswerQuery(const ApiRequest& request, const QueryContext& context,
                                 QueryOutcome& outcome) {
  VIVACE_ASSIGN(const MetricsParameters parameters,
                ParseMetricsParameters(request, /*is_instant=*/true, context.now_unix_nanos()));
  VIVACE_ASSIGN(MetricsRequest metrics_request,
                MakeMetricsRequest(parameters, request.tenants, context));
  VIVACE_ASSIGN(const MetricsResponse answer,
                RunMetrics(metrics_request, CallerOf(request), context));
  outcome.inspected_bytes = answer.stats.inspected_bytes;
  return MarkPartial(JsonResponse(QueryInstantToJson(answer)), PartialMessage(answer.stats));
}

}  // namespace

void AddMetricsQueryRoute(const QueryContext& context, Router& router) {
  AddQueryRoute("/api/metrics/query", "metrics", context, router, AnswerQuery);
}

}  // namespace vivace
