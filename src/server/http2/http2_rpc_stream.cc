#include "server/http2/http2_rpc_stream.h"

#include "base/compression/compress.h"

namespace vivace {
namespace {

// Below this, compression costs more than it saves.
constexpr size_t kCompressBytesMin = 1024;

}  // namespace

std::string FrameMessage(std::string_view encoding, std::string& message) {
  if (encoding.empty() || message.size() < kCompressBytesMin)
    return GrpcPrefix(false, message.size());
  auto compressed = Compress(encoding, message);
  if (!compressed) return GrpcPrefix(false, message.size());
  message = std::move(*compressed);
  return GrpcPrefix(true, message.size());
}

Http2RpcStream::Http2RpcStream(std::weak_ptr<Http2Session> session, const Http2Stream& stream)
    : session_(std::move(session)),
      id_(stream.id),
      encoding_(stream.grpc->response_encoding()),
      message_bytes_max_(stream.grpc->method().limits.sent_bytes_max),
      cancel_(stream.cancel),
      flow_(stream.flow),
      resources_(stream.resources) {}

Http2RpcStream::~Http2RpcStream() {
  if (!finished_)
    Finish({.error = Error{ErrorCode::kInternal, "internal error: the call was not finished"},
            .message = {},
            .status_details = {}});
}

bool Http2RpcStream::Write(std::string message) {
  const auto session = session_.lock();
  if (!session || finished_ || cancelled()) return false;
  std::string prefix = FrameMessage(encoding_, message);
  if (message.size() > message_bytes_max_) {
    return Refuse("grpc: trying to send message larger than max (" +
                  std::to_string(message.size()) + " vs. " + std::to_string(message_bytes_max_) +
                  ")");
  }
  if (!flow_->Queue(prefix.size() + message.size())) return Refuse(std::string(kNoAnswerMemory));
  session->WriteRpc(id_, std::move(prefix), std::move(message));
  return true;
}

bool Http2RpcStream::Refuse(std::string message) {
  Finish({.error = Error{ErrorCode::kResourceExhausted, std::move(message)},
          .message = {},
          .status_details = {}});
  return false;
}

void Http2RpcStream::OnWritable(std::function<void()> callback) {
  if (!flow_->Wait(callback)) callback();
}

void Http2RpcStream::Finish(RpcResponse reply) {
  if (finished_.exchange(true)) return;
  if (const auto session = session_.lock()) session->FinishRpc(id_, std::move(reply));
}

}  // namespace vivace
