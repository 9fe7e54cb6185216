#include <algorithm>

#include "api/answers/summary_answer.h"
#include "api/http_responses.h"
#include "api/parameters/summary_parameters.h"
#include "api/routes/routes.h"
#include "query/trace_walk.h"
#include "traceql/metrics/summary_query.h"

namespace vivace {
namespace {

Result<HttpResponse> AnswerSummary(const ApiRequest& request, const QueryContext& context, QueryOutcome& outcome) {
  VIVACE_ASSIGN(SummaryParameters parameters, ParseSummaryParameters(request, context));
  const uint64_t start = parameters.window.start_unix_nanos;
  const traceql::TimeSteps steps{start, std::max<uint64_t>(parameters.window.end_unix_nanos - start, 1), 1};
  const traceql::PipelineId pipeline = parameters.query.pipeline;
  traceql::SummaryQuery query(std::move(parameters.query), pipeline, parameters.by, steps);
  QueryPlaces places(context.ingester, context.catalog, request.tenants, parameters.window, context.memory);
  TraceWalk walk(places, request.http.cancelled);
  VIVACE_TRY(walk.Run(query));
  outcome.inspected_bytes = walk.stats().inspected_bytes;
  return JsonReply(SummariesToJson(query.summaries(), parameters.by, parameters.limit));
}

}  // namespace

void AddMetricsSummaryRoute(const QueryContext& context, Router& router) {
  AddQueryRoute("/api/metrics/summary", "metrics", context, router, AnswerSummary);
}

}  // namespace vivace
