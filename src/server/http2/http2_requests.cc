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
// What a field takes besides its name and value, in the request and in nghttp2.
constexpr size_t kStoredFieldBytes = 96;
// A header block this many times the limit is no mistake.
constexpr size_t kHeaderFloodFactor = 4;
// What a content-length alone gets reserved.
constexpr size_t kBodyReserveBytesMax = 1 << 20;

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

// Counted while it is decoded: a field of kilobytes may have come as one byte.
void Http2Session::OnHeaderField(Http2Stream& stream, std::string_view name,
                                 std::string_view value) {
  const size_t limit = context_->options.header_bytes_max;
  stream.header_bytes += name.size() + value.size() + kFieldOverheadBytes;
  if (stream.header_bytes > kHeaderFloodFactor * limit) return Terminate(NGHTTP2_ENHANCE_YOUR_CALM);
  if (stream.header_too_large || stream.no_memory) return;
  if (stream.header_bytes > limit) {
    stream.header_too_large = true;
    return DropHead(stream);
  }
  if (!stream.resources->lease.TakeHead(name.size() + value.size() + kStoredFieldBytes)) {
    stream.no_memory = true;
    return DropHead(stream);
  }
  StoreHeaderField(stream, name, value);
}

void Http2Session::StoreHeaderField(Http2Stream& stream, std::string_view name,
                                    std::string_view value) {
  HttpRequest& request = stream.request;
  if (!name.starts_with(':')) {
    request.headers.emplace_back(name, value);
  } else if (name == ":method") {
    request.method = value;
    stream.is_head_request = value == "HEAD";
  } else if (name == ":path") {
    request.path = value;
  } else if (name == ":authority") {
    request.headers.emplace_back("host", value);
  }
}

void Http2Session::DropHead(Http2Stream& stream) {
  stream.request = {};
  stream.resources = std::make_shared<Http2RequestResources>(memory_, running_);
}

void Http2Session::OnRequestHeader(Http2Stream& stream) {
  stream.header_deadline = kNever;
  if (stream.input_ended) stream.read_deadline = kNever;
  // Cancelled requests count until their handlers have returned.
  if (*running_ > 2 * context_->options.streams_max) {
    stream.discard = true;
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_REFUSED_STREAM);
    return;
  }
  if (auto refusal = CheckHead(stream)) return RefuseHttp(stream, std::move(*refusal));
  HttpRequest& request = stream.request;
  request.peer = host_->peer();
  const std::string target = std::exchange(request.path, {});
  if (const auto problem = ParseTarget(target, request))
    return RefuseHttp(stream, HttpErrorResponse(400, "400 Bad Request: " + std::string(*problem)));
  const bool is_rpc =
      context_->grpc != nullptr && IsGrpcContentType(FindHeader(request.headers, "content-type"));
  is_rpc ? BeginRpc(stream) : BeginHttp(stream);
}

std::optional<HttpResponse> Http2Session::CheckHead(const Http2Stream& stream) const {
  if (stream.no_memory) return HttpErrorResponse(503, kNoRequestMemory);
  if (!stream.header_too_large) return std::nullopt;
  return HttpErrorResponse(431, "431 Request Header Fields Too Large: the limit is " +
                                    std::to_string(context_->options.header_bytes_max) + " bytes");
}

void Http2Session::BeginHttp(Http2Stream& stream) {
  stream.cancel = std::make_shared<CancelToken>();
  const size_t length = ContentLength(stream.request.headers);
  if (length > context_->options.body_bytes_max)
    return RefuseHttp(stream, BodyTooLarge(context_->options.body_bytes_max));
  if (!context_->http.judge) return Admit(stream);
  context_->http.judge(stream.request, [weak = weak_from_this(),
                                        id = stream.id](std::optional<HttpResponse> refusal) {
    if (const auto self = weak.lock()) self->OnHttpVerdict(id, std::move(refusal));
  });
}

void Http2Session::BeginRpc(Http2Stream& stream) {
  HttpRequest& request = stream.request;
  if (request.method != "POST")
    return RefuseHttp(stream, HttpErrorResponse(405, "405 gRPC calls must be POST requests"));
  stream.grpc.emplace();
  auto begun = stream.grpc->Begin(*context_->grpc, request.path, request.headers);
  const auto timeout = stream.grpc->timeout();
  const auto now = Clock::now();
  const bool bounded = timeout && *timeout < kNever - now;
  stream.cancel = std::make_shared<CancelToken>(bounded ? now + *timeout : kNever);
  if (!begun) return RefuseRpc(stream, std::move(begun).error());
  if (bounded) host_->ArmDeadline(stream.cancel->deadline());
  stream.rpc = {.method = std::move(request.path),
                .metadata = DecodeGrpcMetadata(std::move(request.headers)),
                .message = {},
                .peer = std::move(request.peer),
                .cancel_token = stream.cancel};
  const RpcJudge& judge = stream.grpc->method().judge;
  if (!judge) return Admit(stream);
  judge(stream.rpc, [weak = weak_from_this(), id = stream.id](std::optional<Error> refusal) {
    if (const auto self = weak.lock()) self->OnRpcVerdict(id, std::move(refusal));
  });
}

void Http2Session::Admit(Http2Stream& stream) {
  stream.is_judged = true;
  Consume(stream);
  if (stream.input_ended) return Call(stream);
  stream.body_rate.Start(Clock::now(), stream.body_bytes);
  host_->ArmDeadline(stream.body_rate.deadline());
}

// Lets the client send as much again.
void Http2Session::Consume(Http2Stream& stream) {
  if (stream.unconsumed == 0) return;
  nghttp2_session_consume(session_, stream.id, std::exchange(stream.unconsumed, 0));
}

void Http2Session::OnData(int32_t stream_id, std::string_view data) {
  Http2Stream* stream = Find(stream_id);
  if (stream == nullptr) {
    nghttp2_session_consume_connection(session_, data.size());
    return;
  }
  stream->unconsumed += data.size();
  stream->body_bytes += data.size();
  if (stream->discard || stream->is_judged) Consume(*stream);
  if (stream->discard) return;
  if (!stream->resources->lease.TakeInput(data.size())) {
    if (stream->grpc)
      return RefuseRpc(*stream, {ErrorCode::kUnavailable, std::string(kNoRequestMemory)});
    return RefuseHttp(*stream, HttpErrorResponse(503, kNoRequestMemory));
  }
  if (stream->grpc) {
    if (auto taken = stream->grpc->OnData(data); !taken)
      RefuseRpc(*stream, std::move(taken).error());
    return;
  }
  std::string& body = stream->request.body;
  if (stream->body_bytes > context_->options.body_bytes_max)
    return RefuseHttp(*stream, BodyTooLarge(context_->options.body_bytes_max));
  if (body.empty()) {
    const size_t length = ContentLength(stream->request.headers);
    body.reserve(std::min(std::max(length, data.size()), kBodyReserveBytesMax));
  }
  body.append(data);
}

void Http2Session::OnRequestEnd(Http2Stream& stream) {
  stream.input_ended = true;
  stream.read_deadline = kNever;
  stream.body_rate.Stop();
  if (!stream.discard && stream.is_judged) Call(stream);
}

// Calls the handler, or lets the request wait until the client has read some of what it asked for.
void Http2Session::Call(Http2Stream& stream) {
  if (memory_->has_answer_room()) {
    stream.grpc ? CallRpc(stream) : CallHttp(stream);
    return;
  }
  stream.waits_for_room = true;
  waiting_.push_back(stream.id);
  if (waiting_.size() > 1) return;
  memory_->WhenAnswerRoom([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->closed_) return;
    self->CallWaiting();
    self->host_->Flush();
  });
}

void Http2Session::CallWaiting() {
  for (const int32_t id : std::exchange(waiting_, {})) {
    Http2Stream* stream = Find(id);
    if (stream == nullptr || !std::exchange(stream->waits_for_room, false) || stream->finished)
      continue;
    Call(*stream);
  }
}

void Http2Session::CallHttp(Http2Stream& stream) {
  stream.request.cancel_token = stream.cancel;
  stream.request.answer_room = {stream.resources, &stream.resources->lease};
  CallHttpHandler(context_->http.handle, std::move(stream.request),
                  [weak = weak_from_this(), id = stream.id,
                   resources = stream.resources](HttpResponse response) {
                    if (const auto self = weak.lock()) self->RespondHttp(id, std::move(response));
                  });
}

void Http2Session::CallRpc(Http2Stream& stream) {
  auto message = stream.grpc->TakeMessage();
  if (!message) return RefuseRpc(stream, std::move(message).error());
  RpcRequest request = std::move(stream.rpc);
  request.message = std::move(*message);
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
  stream.flow = std::make_shared<StreamFlow>(memory_);
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
  stream.body_rate.Stop();
  if (stream.discard) return;
  if (stream.grpc)
    return RefuseRpc(stream, {ErrorCode::kDeadlineExceeded, "the request did not arrive in time"});
  RefuseHttp(stream,
             HttpErrorResponse(408, "408 Request Timeout: the request did not arrive in time"));
}

}  // namespace vivace
