#include "server/grpc/grpc_health.h"

#include <utility>

namespace vivace {
namespace {

constexpr char kServiceField = 0x0a;  // HealthCheckRequest.service: field 1, a string
constexpr char kStatusField = 0x08;   // HealthCheckResponse.status: field 1, an enum

// The service that a HealthCheckRequest names. It is the message's only field; anything else asks
// for the whole server.
std::string_view RequestedService(std::string_view message) {
  if (message.size() < 2 || message[0] != kServiceField) return {};
  const auto size = static_cast<unsigned char>(message[1]);
  return size < 0x80 && message.size() == 2u + size ? message.substr(2) : std::string_view();
}

std::string EncodeHealth(Health health) {
  switch (health) {
    case Health::kServing:
      return {kStatusField, 1};
    case Health::kNotServing:
      return {kStatusField, 2};
    case Health::kUnknownService:
      break;
  }
  return {kStatusField, 3};
}

RpcHandler HealthCheck(HealthCallback health) {
  return [health = std::move(health)](RpcRequest request, RpcResponder respond) {
    const Health state = health(RequestedService(request.message));
    RpcResponse reply;
    if (state == Health::kUnknownService)
      reply.error = Error{ErrorCode::kNotFound, "unknown service"};
    reply.message = EncodeHealth(state);
    respond(std::move(reply));
  };
}

StreamHandler HealthWatch(HealthCallback health) {
  return [health = std::move(health)](RpcRequest request, std::shared_ptr<RpcStream> stream) {
    stream->Write(EncodeHealth(health(RequestedService(request.message))));
    // Holding the stream keeps the call open.
    if (request.cancel_token) request.cancel_token->OnCancel([stream] {});
  };
}

}  // namespace

void AddHealth(HealthCallback health, GrpcService& service) {
  service.AddUnary("/grpc.health.v1.Health/Check", HealthCheck(health));
  service.AddStream("/grpc.health.v1.Health/Watch", HealthWatch(std::move(health)));
}

}  // namespace vivace
