#include "receive/otlp/otlp_grpc.h"

#include "receive/otlp/otlp_response.h"

namespace vivace {
namespace {

RpcResponse ReplyFor(PushOutcome outcome) {
  if (!outcome.result.error)
    return RpcResponse{.message = EncodeExportResponse(OtlpFormat::kProtobuf, outcome.rejected)};
  RpcResponse reply{.error = std::move(outcome.result.error)};
  const uint32_t retry_after = outcome.result.retry_after_seconds;
  if (retry_after > 0)
    reply.status_details = EncodeRpcStatus(OtlpFormat::kProtobuf, *reply.error, retry_after);
  return reply;
}

// "/package.Service/Method" as its two names.
std::pair<std::string, std::string> ServiceAndMethod(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == 0 || slash == std::string::npos) return {path, {}};
  return {path.substr(1, slash - 1), path.substr(slash + 1)};
}

RpcResponse Unimplemented(const std::string& path) {
  const auto [service, method] = ServiceAndMethod(path);
  const bool known = kOtlpExportMethod.substr(1).starts_with(service + "/");
  const std::string text =
      known ? "unknown method " + method + " for service " + service : "unknown service " + service;
  return RpcResponse{.error = Error{ErrorCode::kUnimplemented, text}};
}

}  // namespace

OtlpGrpcReceiver::OtlpGrpcReceiver(ReceiverOptions options, SpanDecoder decode, SpanSink& sink)
    : options_(std::move(options)), decode_(std::move(decode)), sink_(sink) {}

void OtlpGrpcReceiver::Handle(RpcRequest request, RpcResponder respond) const {
  if (request.method != kOtlpExportMethod) return respond(Unimplemented(request.method));
  Result<PushContext> context = MakePushContext(options_, request.metadata, {"otlp", "grpc"});
  if (!context) return respond(RpcResponse{.error = std::move(context).error()});
  DecodeOrWait(options_, decode_, std::move(request.message), std::move(*context), sink_,
               [respond = std::move(respond)](PushOutcome outcome) {
                 respond(ReplyFor(std::move(outcome)));
               });
}

}  // namespace vivace
