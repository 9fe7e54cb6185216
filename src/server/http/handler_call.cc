#include "server/http/handler_call.h"

#include <atomic>
#include <exception>

#include "base/log.h"

namespace vivace {
namespace {

HttpResponse LostAnswer(const HttpResponse*) { return HttpErrorResponse(500, "internal error: the request was not answered"); }
RpcReply LostAnswer(const RpcReply*) {
  return {.error = Error{ErrorCode::kInternal, "internal error: the request was not answered"}, .message = {}, .status_details = {}};
}

template <typename Response>
class OnceAnswer {
 public:
  explicit OnceAnswer(std::function<void(Response)> answer) : answer_(std::move(answer)) {}
  ~OnceAnswer() { Send(LostAnswer(static_cast<const Response*>(nullptr))); }
  OnceAnswer(const OnceAnswer&) = delete;
  OnceAnswer& operator=(const OnceAnswer&) = delete;

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
  const auto once = std::make_shared<OnceAnswer<Response>>(std::move(answer));
  try {
    handler(std::move(request), [once](Response response) { once->Send(std::move(response)); });
  } catch (const std::exception& e) {
    // A bug in the handler: exceptions cross no layer. It must not take the other connections with it.
    LogError("request handler threw an exception", {{"err", e.what()}});
    once->Send(LostAnswer(static_cast<const Response*>(nullptr)));
  }
}

}  // namespace

void CallHttpHandler(const HttpHandler& handler, HttpRequest request, std::function<void(HttpResponse)> answer) {
  CallOnce<HttpResponse>(handler, std::move(request), std::move(answer));
}

void CallRpcHandler(const RpcHandler& handler, RpcRequest request, std::function<void(RpcReply)> answer) {
  CallOnce<RpcReply>(handler, std::move(request), std::move(answer));
}

}  // namespace vivace
