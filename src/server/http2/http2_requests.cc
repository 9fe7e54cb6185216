// Http2Session, the way in: request headers and bodies, up to the call of the handler.
#include <algorithm>
#include <charconv>
#include <exception>

#include "base/log.h"
#include "server/http/handler_call.h"
#include "server/http/http_target.h"
#include "server/http2/http2_rpc_stream.h"
#include "server/http2/http2_session.h"

namespace vivace {
namespace {

// What RFC 9113 6.5.2 adds to the sizes of a field's name and value.
constexpr size_t kFieldOverheadBytes = 32;
// What a content-length alone gets reserved.
constexpr size_t kBodyReserveBytesMax = 1 << 20;
constexpr std::string_view kNoMemory = "memory limit for request bodies reached, try again";

size_t ContentLength(const HttpHeaders& headers) {
  const std::string_view text = FindHeader(headers, "content-length");
  size_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

HttpResponse BodyTooLarge(size_t limit) {
  return HttpErrorResponse(
      413, "http: request body too large: the limit is " + std::to_string(limit) + " bytes");
}

}  // namespace

void Http2Session::OnHeaderField(Http2Stream& stream, std::string_view name,
                                 std::string_view value) {
  stream.header_bytes += name.size() + value.size() + kFieldOverheadBytes;
  if (stream.header_bytes > context_->options.header_bytes_max) {
    stream.header_too_large = true;
    return;
  }
  HttpRequest& request = stream.request;
  if (!name.starts_with(':')) {
    request.headers.emplace_back(name, value);
  } else if (name == ":method") {
    request.method = value;
  } else if (name == ":path") {
    SplitTarget(value, request);
  } else if (name == ":authority") {
    request.headers.emplace_back("host", value);
  }
}

void Http2Session::OnRequestHeader(Http2Stream& stream) {
  stream.header_deadline = kNever;
  // Cancelled requests count until their handlers have returned.
  if (*running_ >= 2 * context_->options.streams_max) {
    stream.discard = true;
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_REFUSED_STREAM);
    return;
  }
  stream.resources = std::make_shared<Http2RequestResources>(host_->budget(), running_);
  stream.request.peer = host_->peer();
  if (stream.header_too_large) {
    return RefuseHttp(
        stream,
        HttpErrorResponse(431, "431 Request Header Fields Too Large: the limit is " +
                                   std::to_string(context_->options.header_bytes_max) + " bytes"));
  }
  const bool is_rpc = context_->grpc != nullptr &&
                      IsGrpcContentType(FindHeader(stream.request.headers, "content-type"));
  is_rpc ? BeginRpc(stream) : BeginHttp(stream);
}

void Http2Session::BeginHttp(Http2Stream& stream) {
  stream.cancel = std::make_shared<CancelToken>();
  const size_t length = ContentLength(stream.request.headers);
  if (length > context_->options.body_bytes_max)
    return RefuseHttp(stream, BodyTooLarge(context_->options.body_bytes_max));
  stream.request.body.reserve(std::min(length, kBodyReserveBytesMax));
}

void Http2Session::BeginRpc(Http2Stream& stream) {
  if (stream.request.method != "POST")
    return RefuseHttp(stream, HttpErrorResponse(405, "405 gRPC calls must be POST requests"));
  stream.grpc.emplace();
  auto begun = stream.grpc->Begin(*context_->grpc, stream.request.path, stream.request.headers);
  const auto timeout = stream.grpc->timeout();
  const auto now = Clock::now();
  const bool bounded = timeout && *timeout < kNever - now;
  stream.cancel = std::make_shared<CancelToken>(bounded ? now + *timeout : kNever);
  if (!begun) return RefuseRpc(stream, std::move(begun).error());
  if (bounded) host_->ArmDeadline(stream.cancel->deadline());
}

void Http2Session::OnData(int32_t stream_id, std::string_view data) {
  Http2Stream* stream = Find(stream_id);
  if (stream == nullptr || stream->discard) return;
  if (!stream->resources->lease.Take(data.size())) {
    if (stream->grpc) return RefuseRpc(*stream, {ErrorCode::kUnavailable, std::string(kNoMemory)});
    return RefuseHttp(*stream, HttpErrorResponse(503, kNoMemory));
  }
  if (stream->grpc) {
    if (auto taken = stream->grpc->OnData(data); !taken)
      RefuseRpc(*stream, std::move(taken).error());
    return;
  }
  if (stream->request.body.size() + data.size() > context_->options.body_bytes_max) {
    return RefuseHttp(*stream, BodyTooLarge(context_->options.body_bytes_max));
  }
  stream->request.body.append(data);
}

void Http2Session::OnRequestEnd(Http2Stream& stream) {
  stream.input_ended = true;
  stream.read_deadline = kNever;
  if (stream.discard) return;
  stream.grpc ? CallRpc(stream) : CallHttp(stream);
}

void Http2Session::CallHttp(Http2Stream& stream) {
  stream.request.cancel_token = stream.cancel;
  CallHttpHandler(context_->http, std::move(stream.request),
                  [weak = weak_from_this(), id = stream.id,
                   resources = stream.resources](HttpResponse response) {
                    if (const auto self = weak.lock()) self->RespondHttp(id, std::move(response));
                  });
}

void Http2Session::CallRpc(Http2Stream& stream) {
  auto message = stream.grpc->TakeMessage();
  if (!message) return RefuseRpc(stream, std::move(message).error());
  RpcRequest request = {.method = std::move(stream.request.path),
                        .metadata = DecodeGrpcMetadata(std::move(stream.request.headers)),
                        .message = std::move(*message),
                        .peer = std::move(stream.request.peer),
                        .cancel_token = stream.cancel};
  stream.grpc->method().unary ? CallUnary(stream, std::move(request))
                              : CallStream(stream, std::move(request));
}

void Http2Session::CallUnary(Http2Stream& stream, RpcRequest request) {
  // The message is framed, and compressed where asked for, on the thread that answers.
  auto answer = [weak = weak_from_this(), id = stream.id,
                 encoding = std::string(stream.grpc->response_encoding()),
                 resources = stream.resources](RpcResponse reply) {
    std::string prefix = FrameMessage(encoding, reply.message);
    if (const auto self = weak.lock()) self->RespondRpc(id, std::move(prefix), std::move(reply));
  };
  CallRpcHandler(stream.grpc->method().unary, std::move(request), std::move(answer));
}

void Http2Session::CallStream(Http2Stream& stream, RpcRequest request) {
  stream.flow = std::make_shared<StreamFlow>();
  const auto rpc_stream = std::make_shared<Http2RpcStream>(weak_from_this(), stream);
  try {
    stream.grpc->method().stream(std::move(request), rpc_stream);
  } catch (const std::exception& e) {
    LogError("request handler threw an exception", {{"err", e.what()}});
    rpc_stream->Finish(
        {.error = Error{ErrorCode::kInternal, "internal error: the call was not finished"},
         .message = {},
         .status_details = {}});
  }
}

void Http2Session::OnOverdueInput(Http2Stream& stream) {
  stream.read_deadline = kNever;
  if (stream.discard) return;
  if (stream.grpc)
    return RefuseRpc(stream, {ErrorCode::kDeadlineExceeded, "the request did not arrive in time"});
  RefuseHttp(stream,
             HttpErrorResponse(408, "408 Request Timeout: the request did not arrive in time"));
}

}  // namespace vivace
