#include "api/http_responses.h"
#include "api/parameters/search_parameters.h"
#include "api/responses/search_response.h"
#include "api/routes/routes.h"

namespace vivace {
namespace {

Result<HttpResponse> AnswerSearch(const ApiRequest& request, const QueryContext& context,
                                  QueryOutcome& outcome) {
  VIVACE_ASSIGN(const SearchParameters parameters, ParseSearchParameters(request));
  VIVACE_ASSIGN(SearchRequest search_request,
                MakeSearchRequest(parameters, request.tenants, context));
  search_request.cancel_token = request.http.cancel_token;
  const auto find = [&](GoneBlocks gone) -> Result<SearchResponse> {
    search_request.sources.gone = gone;
    Search search(context.ingester, context.catalog, search_request);
    VIVACE_TRY(search.Run());
    SearchResponse answer{.traces = {}, .stats = {}, .by_tags = parameters.is_by_tags()};
    VIVACE_ASSIGN(answer.traces, search.CurrentTraces());
    answer.stats = search.stats();
    return answer;
  };
  VIVACE_ASSIGN(const SearchResponse answer,
                WithFreshBlocks(context.catalog, request.tenants, find));
  outcome.inspected_bytes = answer.stats.inspected_bytes;
  const bool is_protobuf = NegotiateFormat(request.http.headers) == ResponseFormat::kProtobuf;
  return MarkPartial(is_protobuf ? ProtobufResponse(SearchResponseToProtobuf(answer))
                                 : JsonResponse(SearchResponseToJson(answer)),
                     PartialMessage(answer.stats));
}

}  // namespace

void AddSearchRoute(const QueryContext& context, Router& router) {
  AddQueryRoute("/api/search", "search", context, router, AnswerSearch);
}

}  // namespace vivace
