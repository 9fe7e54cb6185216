#include "receive/jaeger/jaeger_grpc.h"

#include "receive/jaeger/jaeger_proto.h"

namespace vivace {

void JaegerGrpcReceiver::Handle(RpcRequest request, RpcResponder respond) const {
  Result<PushContext> context = MakePushContext(options_, request.metadata, {"jaeger", "grpc"});
  if (!context) return respond(RpcResponse{.error = std::move(context).error()});
  DecodeAndPush(options_, DecodeJaegerPostSpans, request.message, std::move(*context), sink_,
                [respond = std::move(respond)](PushOutcome outcome) {
                  RpcResponse reply{.error = std::move(outcome.result.error)};
                  if (!reply.error && outcome.rejected.total() > 0)
                    reply.error = Error{ErrorCode::kInvalidArgument, RejectedSpansMessage(outcome)};
                  respond(std::move(reply));
                });
}

}  // namespace vivace
