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
  const bool is_protobuf = NegotiateFormat(request.http.headers) == ResponseFormat::kProtobuf;
  return MarkPartial(is_protobuf ? ProtobufResponse(TagValuesToProtobufV1(answer))
                                 : JsonResponse(TagValuesToJsonV1(answer)),
                     PartialMessage(answer.stats));
}

HttpResponse EncodedV2(const TagValuesResponse& answer, ResponseFormat format) {
  switch (format) {
    case ResponseFormat::kProtobuf:
      return ProtobufResponse(TagValuesToProtobufV2(answer));
    case ResponseFormat::kLlm:
      return HttpResponse{
          200, {{"content-type", "application/vnd.grafana.llm+json"}}, TagValuesToLlmJson(answer)};
    default:
      return JsonResponse(TagValuesToJsonV2(answer));
  }
}

Result<HttpResponse> AnswerValuesV2(const ApiRequest& request, const QueryContext& context,
                                    QueryOutcome& outcome) {
  VIVACE_ASSIGN(const TagValuesResponse answer, Values(request, TagApi::kV2, context, outcome));
  return MarkPartial(EncodedV2(answer, NegotiateFormat(request.http.headers)),
                     PartialMessage(answer.stats));
}

}  // namespace

void AddSearchTagValuesRoutes(const QueryContext& context, Router& router) {
  AddQueryRoute("/api/search/tag/{tagName}/values", "metadata", context, router, AnswerValuesV1);
  AddQueryRoute("/api/v2/search/tag/{tagName}/values", "metadata", context, router, AnswerValuesV2);
}

}  // namespace vivace
