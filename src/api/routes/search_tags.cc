#include "api/http_responses.h"
#include "api/queries/tag_finder.h"
#include "api/responses/tag_response.h"
#include "api/routes/routes.h"

namespace vivace {
namespace {

template <TagApi kApi>
Result<HttpResponse> AnswerNames(const ApiRequest& request, const QueryContext& context,
                                 QueryOutcome& outcome) {
  VIVACE_ASSIGN(const TagParameters parameters, ParseTagParameters(request));
  VIVACE_ASSIGN(const TagNamesResponse answer,
                FindTagNames(parameters, kApi, CallerOf(request), context));
  outcome.inspected_bytes = answer.stats.inspected_bytes;
  const bool is_v1 = kApi == TagApi::kV1;
  const bool is_protobuf = NegotiateFormat(request.http.headers) == ResponseFormat::kProtobuf;
  HttpResponse response =
      is_protobuf
          ? ProtobufResponse(is_v1 ? TagNamesToProtobufV1(answer) : TagNamesToProtobufV2(answer))
          : JsonResponse(is_v1 ? TagNamesToJsonV1(answer) : TagNamesToJsonV2(answer));
  return MarkPartial(std::move(response), PartialMessage(answer.stats));
}

}  // namespace

void AddSearchTagsRoutes(const QueryContext& context, Router& router) {
  AddQueryRoute("/api/search/tags", "metadata", context, router, AnswerNames<TagApi::kV1>);
  AddQueryRoute("/api/v2/search/tags", "metadata", context, router, AnswerNames<TagApi::kV2>);
}

}  // namespace vivace
