// The methods of grpc.health.v1.Health over a callback (https://github.com/grpc/grpc/blob/master/doc/health-checking.md). Any thread.
#pragma once

#include <functional>
#include <string_view>

#include "base/http.h"
#include "server/grpc/grpc_service.h"

namespace vivace {

using HealthCallback = std::function<Health(std::string_view service)>;

// NOT_FOUND `unknown service` for kUnknownService, as grpc-go.
RpcHandler HealthCheck(HealthCallback health);
// Tells the state at the time of the call and stays open: clients take a closed Watch for a failure.
StreamHandler HealthWatch(HealthCallback health);

}  // namespace vivace
