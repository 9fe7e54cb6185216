// The gRPC service grpc.health.v1.Health over a callback
// (https://github.com/grpc/grpc/blob/master/doc/health-checking.md).
//
// Load balancers and Kubernetes probe it. The callback is asked on the threads of calls.
#pragma once

#include <functional>
#include <string_view>

#include "server/grpc/grpc_service.h"

namespace vivace {

enum class Health { kServing, kNotServing, kUnknownService };
using HealthCallback = std::function<Health(std::string_view service)>;

// Offers grpc.health.v1.Health on `service`. Check asks `health` each time: NOT_FOUND `unknown
// service` for kUnknownService, as grpc-go. Watch sends the state at the time of the call and then
// stays silent until the client leaves: clients take a closed Watch for a failure. At most 8 of an
// address and 1000 altogether are open: RESOURCE_EXHAUSTED for others.
void AddHealth(HealthCallback health, GrpcService& service);

}  // namespace vivace
