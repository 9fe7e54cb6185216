#include "api/answers/metrics_answer.h"
#include "api/http_responses.h"
#include "api/queries/metrics_runner.h"
#include "api/routes/route_metrics_query.h"

namespace vivace {
namespace {

template <bool kIsInstant>
Result<HttpResponse> AnswerMetrics(const ApiRequest& request, const QueryContext& context, QueryOutcome& outcome) {
  VIVACE_ASSIGN(const MetricsParameters parameters, ParseMetricsParameters(request, kIsInstant, context.now_unix_nanos()));
  VIVACE_ASSIGN(MetricsRequest metrics_request, MakeMetricsRequest(parameters, request.tenants, context));
  const QueryCaller caller{request.tenants, request.http.cancelled};
  VIVACE_ASSIGN(const MetricsAnswer answer, RunMetrics(std::move(metrics_request), caller, context));
  outcome.inspected_bytes = answer.stats.inspected_bytes;
  return JsonReply(kIsInstant ? QueryInstantToJson(answer) : QueryRangeToJson(answer));
}

}  // namespace

void AddMetricsQueryRoutes(const QueryContext& context, Router& router) {
  AddQueryRoute("/api/metrics/query_range", "metrics", context, router, AnswerMetrics<false>);
  AddQueryRoute("/api/metrics/query", "metrics", context, router, AnswerMetrics<true>);
}

}  // namespace vivace
