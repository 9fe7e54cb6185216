#include "server/grpc/grpc_health.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
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

// Watches that are open, and need no credentials: each holds a stream, so they are few.
class OpenWatches {
 public:
  bool Add(const std::string& address) {
    const std::lock_guard lock(mutex_);
    if (all_ == kWatchesMax ||
        (by_address_.contains(address) && by_address_[address] == kWatchesOfAddressMax))
      return false;
    ++all_;
    ++by_address_[address];
    return true;
  }

  void Remove(const std::string& address) {
    const std::lock_guard lock(mutex_);
    --all_;
    if (--by_address_[address] == 0) by_address_.erase(address);
  }

 private:
  static constexpr size_t kWatchesMax = 1000;
  static constexpr size_t kWatchesOfAddressMax = 8;

  std::mutex mutex_;
  size_t all_ = 0;
  std::map<std::string, size_t> by_address_;
};

StreamHandler HealthWatch(HealthCallback health) {
  return [health = std::move(health), watches = std::make_shared<OpenWatches>()](
             const RpcRequest& request, const std::shared_ptr<RpcStream>& stream) {
    const std::string address(AddressOfPeer(request.peer));
    if (!watches->Add(address)) {
      return stream->Finish(
          {.error = Error{ErrorCode::kResourceExhausted, "too many health watches are open"}});
    }
    stream->Write(EncodeHealth(health(RequestedService(request.message))));
    // Holding the stream keeps the call open.
    if (request.cancel_token)
      request.cancel_token->OnCancel([stream, watches, address] { watches->Remove(address); });
  };
}

}  // namespace

void AddHealth(HealthCallback health, GrpcService& service) {
  service.AddUnary("/grpc.health.v1.Health/Check", HealthCheck(health));
  service.AddStream("/grpc.health.v1.Health/Watch", HealthWatch(std::move(health)));
}

}  // namespace vivace
