#include "api/query_route.h"

#include <fmt/format.h>

#include "api/http_replies.h"

namespace vivace {

std::shared_ptr<const CancelToken> WithTimeout(const std::shared_ptr<const CancelToken>& parent, Duration timeout) {
  const auto deadline = timeout.count() > 0 ? CancelToken::Clock::now() + timeout : CancelToken::kNoDeadline;
  auto token = std::make_shared<CancelToken>(parent ? std::min(deadline, parent->deadline()) : deadline);
  if (parent) {
    parent->OnCancel([weak = std::weak_ptr(token)] {
      if (const auto alive = weak.lock()) alive->Cancel();
    });
  }
  return token;
}

void AddQueryRoute(std::string pattern, std::string operation, const QueryContext& context, Router& router, QueryHandler handler) {
  auto answer = [operation = std::move(operation), &context, handler = std::move(handler)](ApiRequest request, HttpRespond respond) {
    QueryOutcome outcome{.tenant = fmt::format("{}", fmt::join(request.tenants, "|")), .operation = operation};
    request.http.cancelled = WithTimeout(request.http.cancelled, context.timeout);
    Result<HttpResponse> result = handler(request, context, outcome);
    HttpResponse response = result ? *std::move(result) : QueryErrorReply(result.error());
    outcome.failed = response.status >= 500;
    outcome.cancelled = request.http.cancelled->IsCancelled();
    if (context.observer) context.observer(outcome);
    respond(std::move(response));
  };
  router.Add(Route{.pattern = std::move(pattern), .needs_tenant = true, .compressed = true, .handler = std::move(answer)});
}

}  // namespace vivace
