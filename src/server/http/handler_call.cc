#include "server/http/handler_call.h"

#include <atomic>
#include <exception>

#include "base/log.h"

namespace vivace {
namespace {

HttpResponse MissingResponse(const HttpResponse*) {
  return HttpErrorResponse(500, "internal error: the request was not answered");
}
RpcResponse MissingResponse(const RpcResponse*) {
  return {.error = Error{ErrorCode::kInternal, "internal error: the request was not answered"},
          .message = {},
          .status_details = {}};
}

template <typename Response>
class OnceResponder {
 public:
  explicit OnceResponder(std::function<void(Response)> answer) : answer_(std::move(answer)) {}
  ~OnceResponder() { Send(MissingResponse(static_cast<const Response*>(nullptr))); }
  OnceResponder(const OnceResponder&) = delete;
  OnceResponder& operator=(const OnceResponder&) = delete;

  void Send(Response response) {
    if (sent_.exchange(true)) return;
    answer_(std::move(response));
    answer_ = nullptr;
  }

 private:
  std::function<void(Response)> answer_;
  std::atomic<bool> sent_ = false;
};

template <typename Response, typename Handler, typename Request>
void CallOnce(const Handler& handler, Request request, std::function<void(Response)> answer) {
  const auto once = std::make_shared<OnceResponder<Response>>(std::move(answer));
  try {
    handler(std::move(request), [once](Response response) { once->Send(std::move(response)); });
  } catch (const std::exception& e) {
    // A bug in the handler: exceptions cross no layer. It must not take the other connections with
    // it.
    LogError("request handler threw an exception", {{"err", e.what()}});
    once->Send(MissingResponse(static_cast<const Response*>(nullptr)));
  }
}

}  // namespace

void CallHttpHandler(const HttpHandler& handler, HttpRequest request,
                     std::function<void(HttpResponse)> answer) {
  CallOnce<HttpResponse>(handler, std::move(request), std::move(answer));
}

void CallRpcHandler(const RpcHandler& handler, RpcRequest request,
                    std::function<void(RpcResponse)> answer) {
  CallOnce<RpcResponse>(handler, std::move(request), std::move(answer));
}

}  // namespace vivace
