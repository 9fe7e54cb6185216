#include "server/grpc/grpc_service.h"

#include <utility>

namespace vivace {
namespace {

// "/package.Service/Method" in its two parts; empty where it has not that form.
std::pair<std::string_view, std::string_view> SplitMethod(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (!path.starts_with('/') || slash == 0) return {};
  return {path.substr(1, slash - 1), path.substr(slash + 1)};
}

std::unexpected<Error> Unimplemented(std::string message) {
  return Fail(ErrorCode::kUnimplemented, std::move(message));
}

}  // namespace

void GrpcService::Add(const std::string& method, Method entry) {
  services_.emplace(SplitMethod(method).first);
  methods_.insert_or_assign(method, std::move(entry));
}

void GrpcService::AddUnary(const std::string& method, RpcHandler handler, GrpcMessageLimits limits,
                           RpcJudge judge) {
  Add(method, {.unary = std::move(handler),
               .stream = nullptr,
               .limits = limits,
               .judge = std::move(judge)});
}

void GrpcService::AddStream(const std::string& method, StreamHandler handler,
                            GrpcMessageLimits limits, RpcJudge judge) {
  Add(method, {.unary = nullptr,
               .stream = std::move(handler),
               .limits = limits,
               .judge = std::move(judge)});
}

Result<const GrpcService::Method*> GrpcService::Find(std::string_view path) const {
  if (const auto found = methods_.find(path); found != methods_.end()) return &found->second;
  const auto [service, method] = SplitMethod(path);
  if (service.empty()) return Unimplemented("malformed method name: \"" + std::string(path) + "\"");
  if (!services_.contains(service)) return Unimplemented("unknown service " + std::string(service));
  return Unimplemented("unknown method " + std::string(method) + " for service " +
                       std::string(service));
}

}  // namespace vivace
