#include "api/answers/tag_answer.h"
#include "api/http_responses.h"
#include "api/queries/tag_finder.h"
#include "api/routes/route_tags.h"

namespace vivace {
namespace {

QueryCaller CallerOf(const ApiRequest& request) { return {request.tenants, request.http.cancelled}; }

template <TagApi kApi>
Result<HttpResponse> AnswerNames(const ApiRequest& request, const QueryContext& context, QueryOutcome& outcome) {
  VIVACE_ASSIGN(const TagParameters parameters, ParseTagParameters(request));
  VIVACE_ASSIGN(const TagNamesAnswer answer, FindTagNames(parameters, kApi, CallerOf(request), context));
  outcome.inspected_bytes = answer.stats.inspected_bytes;
  const bool is_v1 = kApi == TagApi::kV1;
  if (NegotiateFormat(request.http.headers) == AnswerFormat::kProtobuf) {
    return ProtobufReply(is_v1 ? TagNamesToProtobufV1(answer) : TagNamesToProtobufV2(answer));
  }
  return JsonReply(is_v1 ? TagNamesToJsonV1(answer) : TagNamesToJsonV2(answer));
}

Result<TagValuesAnswer> Values(const ApiRequest& request, TagApi api, const QueryContext& context, QueryOutcome& outcome) {
  VIVACE_ASSIGN(const TagParameters parameters, ParseTagParameters(request));
  VIVACE_ASSIGN(TagValuesAnswer answer, FindTagValues(parameters, api, CallerOf(request), context));
  outcome.inspected_bytes = answer.stats.inspected_bytes;
  return answer;
}

Result<HttpResponse> AnswerValuesV1(const ApiRequest& request, const QueryContext& context, QueryOutcome& outcome) {
  VIVACE_ASSIGN(const TagValuesAnswer answer, Values(request, TagApi::kV1, context, outcome));
  if (NegotiateFormat(request.http.headers) == AnswerFormat::kProtobuf) return ProtobufReply(TagValuesToProtobufV1(answer));
  return JsonReply(TagValuesToJsonV1(answer));
}

Result<HttpResponse> AnswerValuesV2(const ApiRequest& request, const QueryContext& context, QueryOutcome& outcome) {
  VIVACE_ASSIGN(const TagValuesAnswer answer, Values(request, TagApi::kV2, context, outcome));
  switch (NegotiateFormat(request.http.headers)) {
    case AnswerFormat::kProtobuf:
      return ProtobufReply(TagValuesToProtobufV2(answer));
    case AnswerFormat::kLlm:
      return HttpResponse{200, {{"content-type", "application/vnd.grafana.llm+json"}}, TagValuesToLlmJson(answer)};
    default:
      return JsonReply(TagValuesToJsonV2(answer));
  }
}

}  // namespace

void AddTagRoutes(const QueryContext& context, Router& router) {
  AddQueryRoute("/api/search/tags", "metadata", context, router, AnswerNames<TagApi::kV1>);
  AddQueryRoute("/api/v2/search/tags", "metadata", context, router, AnswerNames<TagApi::kV2>);
  AddQueryRoute("/api/search/tag/{tagName}/values", "metadata", context, router, AnswerValuesV1);
  AddQueryRoute("/api/v2/search/tag/{tagName}/values", "metadata", context, router, AnswerValuesV2);
}

}  // namespace vivace
