// Calls handlers so that every request gets exactly one answer: one that throws, or drops its
// `respond`, gets a default error response. Any thread; one small allocation a call.
#pragma once

#include <functional>
#include <memory>

#include "base/http.h"

namespace vivace {

// `answer` runs once, on the thread that answers. A lost answer: 500.
void CallHttpHandler(const HttpHandler& handler, HttpRequest request,
                     std::function<void(HttpResponse)> answer);
// A lost answer: INTERNAL.
void CallRpcHandler(const RpcHandler& handler, RpcRequest request,
                    std::function<void(RpcResponse)> answer);

}  // namespace vivace
