#include "api/http_responses.h"
#include "api/queries/tag_finder.h"
#include "api/responses/tag_response.h"
#include "api/routes/routes.h"

namespace vivace {
namespace {

Result<TagValuesResponse> Values(const ApiRequest& request, TagApi api, const QueryContext& context,
                                 QueryOutcome& outcome) {
  VIVACE_ASSIGN(const TagParameters parameters, ParseTagParameters(request));
  VIVACE_ASSIGN(TagValuesResponse answer,
                FindTagValues(parameters, api, CallerOf(request), context));
  outcome.inspected_bytes = answer.stats.inspected_bytes;
  return answer;
}

Result<HttpResponse> AnswerValuesV1(const ApiRequest& request, const QueryContext& context,
                                    QueryOutcome& outcome) {
  VIVACE_ASSIGN(const TagValuesResponse answer, Values(request, TagApi::kV1, context, outcome));
  if (NegotiateFormat(request.http.headers) == ResponseFormat::kProtobuf)
    return ProtobufResponse(TagValuesToProtobufV1(answer));
  return JsonResponse(TagValuesToJsonV1(answer));
}

Result<HttpResponse> AnswerValuesV2(const ApiRequest& request, const QueryContext& context,
                                    QueryOutcome& outcome) {
  VIVACE_ASSIGN(const TagValuesResponse answer, Values(request, TagApi::kV2, context, outcome));
  switch (NegotiateFormat(request.http.headers)) {
    case ResponseFormat::kProtobuf:
      return ProtobufResponse(TagValuesToProtobufV2(answer));
    case ResponseFormat::kLlm:
      return HttpResponse{
          200, {{"content-type", "application/vnd.grafana.llm+json"}}, TagValuesToLlmJson(answer)};
    default:
      return JsonResponse(TagValuesToJsonV2(answer));
  }
}

}  // namespace

void AddSearchTagValuesRoutes(const QueryContext& context, Router& router) {
  AddQueryRoute("/api/search/tag/{tagName}/values", "metadata", context, router, AnswerValuesV1);
  AddQueryRoute("/api/v2/search/tag/{tagName}/values", "metadata", context, router, AnswerValuesV2);
}

}  // namespace vivace
