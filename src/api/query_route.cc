#include "api/query_route.h"

#include <fmt/format.h>

#include "api/http_responses.h"

namespace vivace {
namespace {

using Clock = CancelToken::Clock;

Clock::time_point DeadlineAfter(Clock::time_point begin, Duration timeout) {
  return timeout.count() > 0 ? begin + timeout : CancelToken::kNoDeadline;
}

HttpResponse ErrorResponse(const Error& error, Clock::time_point api_deadline) {
  const bool is_api_timeout =
      error.code == ErrorCode::kDeadlineExceeded && Clock::now() >= api_deadline;
  return is_api_timeout
             ? FrontendErrorResponse(503, "unable to process request in the configured timeout")
             : QueryErrorResponse(error);
}

}  // namespace

std::shared_ptr<const CancelToken> QueryTimeouts::Limit(
    const std::shared_ptr<const CancelToken>& parent) const {
  const auto now = Clock::now();
  const auto deadline = std::min(DeadlineAfter(now, query), DeadlineAfter(now, api));
  auto token =
      std::make_shared<CancelToken>(parent ? std::min(deadline, parent->deadline()) : deadline);
  if (parent) {
    parent->OnCancel([weak = std::weak_ptr(token)] {
      if (const auto alive = weak.lock()) alive->Cancel();
    });
  }
  return token;
}

void AddQueryRoute(QueryRoute route, Router& router, QueryHandler handler) {
  std::string pattern = route.pattern;
  const RoutePool pool = route.pool;
  auto answer = [route = std::move(route), handler = std::move(handler)](ApiRequest request,
                                                                         HttpResponder respond) {
    QueryOutcome outcome{.tenant = fmt::format("{}", fmt::join(request.tenants, "|")),
                         .operation = route.operation};
    const auto begin = Clock::now();
    const auto api_deadline = DeadlineAfter(begin, route.timeouts.api);
    request.http.cancel_token = route.timeouts.Limit(request.http.cancel_token);
    Result<HttpResponse> result = handler(request, outcome);
    HttpResponse response =
        result ? *std::move(result) : ErrorResponse(result.error(), api_deadline);
    outcome.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    outcome.failed = response.status >= 500;
    outcome.cancelled = request.http.cancel_token->IsCancelled();
    if (route.observer) route.observer(outcome);
    respond(std::move(response));
  };
  router.Add(Route{.pattern = std::move(pattern),
                   .access = kReadTenants,
                   .pool = pool,
                   .needs_tenant = true,
                   .compressed = true,
                   .handler = std::move(answer)});
}

}  // namespace vivace
