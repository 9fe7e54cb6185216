// Http2Session, the way out: verdicts and answers from any thread, to frames.
#include <array>
#include <boost/asio/dispatch.hpp>
#include <vector>

#include "server/http/http_response.h"
#include "server/http2/http2_callbacks.h"
#include "server/http2/http2_session.h"

namespace vivace {
namespace {

// Header fields in the form that nghttp2 takes. The fields must live until it is submitted.
class FieldList {
 public:
  void Add(std::string_view name, std::string_view value) {
    fields_.push_back({reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
                       reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(),
                       value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  void Add(const HttpHeaders& headers) {
    for (const auto& [name, value] : headers) Add(name, value);
  }
  const nghttp2_nv* data() const { return fields_.data(); }
  size_t size() const { return fields_.size(); }

 private:
  std::vector<nghttp2_nv> fields_;
};

// Fields that mean something to HTTP/1.1 only (RFC 9113 8.2.2), and those that are set here.
bool IsConnectionField(std::string_view name) {
  return name == "connection" || name == "keep-alive" || name == "transfer-encoding" ||
         name == "upgrade" || name == "content-length";
}

}  // namespace

template <typename Work>
void Http2Session::OnStrand(int32_t stream_id, Work work) {
  if (closed_.load(std::memory_order_acquire)) return;
  boost::asio::dispatch(strand_,
                        [self = shared_from_this(), stream_id, work = std::move(work)]() mutable {
                          if (self->closed_) return;
                          Http2Stream* stream = self->Find(stream_id);
                          if (stream == nullptr || stream->finished) return;
                          work(*stream);
                          self->host_->Flush();
                        });
}

void Http2Session::OnHttpVerdict(int32_t stream_id, std::optional<HttpResponse> refusal) {
  OnStrand(stream_id, [this, refusal = std::move(refusal)](Http2Stream& stream) mutable {
    if (stream.discard || stream.is_judged) return;
    refusal ? RefuseHttp(stream, std::move(*refusal)) : Admit(stream);
  });
}

void Http2Session::OnRpcVerdict(int32_t stream_id, std::optional<Error> refusal) {
  OnStrand(stream_id, [this, refusal = std::move(refusal)](Http2Stream& stream) mutable {
    if (stream.discard || stream.is_judged) return;
    refusal ? RefuseRpc(stream, std::move(*refusal)) : Admit(stream);
  });
}

void Http2Session::RespondHttp(int32_t stream_id, HttpResponse response) {
  OnStrand(stream_id, [this, response = std::move(response)](Http2Stream& stream) mutable {
    SubmitHttpResponse(stream, std::move(response));
  });
}

void Http2Session::RespondRpc(int32_t stream_id, std::string prefix, RpcResponse reply) {
  OnStrand(stream_id, [this, prefix = std::move(prefix),
                       reply = std::move(reply)](Http2Stream& stream) mutable {
    SubmitRpcResponse(stream, std::move(prefix), std::move(reply));
  });
}

void Http2Session::WriteRpc(int32_t stream_id, std::string prefix, std::string message) {
  OnStrand(stream_id, [this, prefix = std::move(prefix),
                       message = std::move(message)](Http2Stream& stream) mutable {
    BeginRpcResponse(stream);
    AppendOutput(stream, std::move(prefix));
    AppendOutput(stream, std::move(message));
    Resume(stream);
  });
}

void Http2Session::FinishRpc(int32_t stream_id, RpcResponse reply) {
  OnStrand(stream_id, [this, reply = std::move(reply)](Http2Stream& stream) {
    EndRpcResponse(stream, reply);
    Resume(stream);
  });
}

void Http2Session::SubmitHttpResponse(Http2Stream& stream, HttpResponse response) {
  if (!stream.resources->lease.SetAnswer(stream.is_head_request ? 0 : response.body.size()))
    response = HttpErrorResponse(503, kNoAnswerMemory);
  stream.answered = stream.finished = true;
  const std::string status = std::to_string(response.status);
  const std::string length = std::to_string(response.body.size());
  FieldList fields;
  fields.Add(":status", status);
  for (const auto& [name, value] : response.headers) {
    if (!IsConnectionField(name)) fields.Add(name, value);
  }
  fields.Add("date", HttpDate());
  const bool has_body = StatusHasBody(response.status);
  if (has_body) fields.Add("content-length", length);
  if (has_body && !stream.is_head_request) AppendOutput(stream, std::move(response.body));
  const auto provider = Http2Callbacks::DataProvider();
  nghttp2_submit_response(session_, stream.id, fields.data(), fields.size(),
                          stream.output.empty() ? nullptr : &provider);
}

void Http2Session::SubmitRpcResponse(Http2Stream& stream, std::string prefix, RpcResponse reply) {
  if (!reply.error && !stream.resources->lease.SetAnswer(reply.message.size()))
    reply = {.error = Error{ErrorCode::kUnavailable, std::string(kNoAnswerMemory)},
             .message = {},
             .status_details = {}};
  if (!reply.error) {
    BeginRpcResponse(stream);
    AppendOutput(stream, std::move(prefix));
    AppendOutput(stream, std::move(reply.message));
  }
  EndRpcResponse(stream, reply);
}

void Http2Session::BeginRpcResponse(Http2Stream& stream) {
  if (std::exchange(stream.answered, true)) return;
  FieldList fields;
  fields.Add(":status", "200");
  fields.Add("content-type", "application/grpc");
  const std::string_view encoding = stream.grpc->response_encoding();
  if (!encoding.empty()) fields.Add("grpc-encoding", encoding);
  fields.Add("grpc-accept-encoding", kGrpcEncodings);
  const auto provider = Http2Callbacks::DataProvider();
  nghttp2_submit_response(session_, stream.id, fields.data(), fields.size(), &provider);
}

// Trailers after what was written; where nothing was, header and trailers are one
// ("Trailers-Only").
void Http2Session::EndRpcResponse(Http2Stream& stream, const RpcResponse& reply) {
  stream.finished = true;
  stream.trailers = GrpcTrailers(reply);
  if (stream.answered) return;
  stream.answered = true;
  FieldList fields;
  fields.Add(":status", "200");
  fields.Add("content-type", "application/grpc");
  fields.Add("grpc-accept-encoding", kGrpcEncodings);
  fields.Add(stream.trailers);
  nghttp2_submit_response(session_, stream.id, fields.data(), fields.size(), nullptr);
}

void Http2Session::SubmitTrailers(const Http2Stream& stream) {
  FieldList fields;
  fields.Add(stream.trailers);
  nghttp2_submit_trailer(session_, stream.id, fields.data(), fields.size());
}

void Http2Session::AppendOutput(Http2Stream& stream, std::string bytes) {
  if (bytes.empty()) return;
  if (stream.output.empty()) {
    ++sending_streams_;
    const auto now = Clock::now();
    stream.answer_rate.Start(now, stream.sent_bytes);
    // Streams share the connection: this one may have to wait for all that is unread.
    stream.answer_deadline =
        now + context_->options.write_timeout + TimeFor(memory_->answer_bytes());
    host_->ArmDeadline(stream.answer_rate.deadline());
  }
  if (stream.answer_deadline != kNever) stream.answer_deadline += TimeFor(bytes.size());
  stream.output.Push(std::move(bytes));
}

// How long the least rate may take for `bytes`.
Clock::duration Http2Session::TimeFor(size_t bytes) const {
  return std::chrono::milliseconds(bytes * 1000 / context_->options.answer_rate_min);
}

void Http2Session::Resume(Http2Stream& stream) {
  if (std::exchange(stream.deferred, false)) nghttp2_session_resume_data(session_, stream.id);
}

// What arrives from now on is dropped.
void Http2Session::Discard(Http2Stream& stream) {
  stream.discard = true;
  stream.read_deadline = kNever;
  stream.body_rate.Stop();
  stream.request.body = {};
  Consume(stream);
}

void Http2Session::RefuseHttp(Http2Stream& stream, HttpResponse response) {
  Discard(stream);
  if (!stream.answered) SubmitHttpResponse(stream, std::move(response));
}

void Http2Session::RefuseRpc(Http2Stream& stream, Error error) {
  Discard(stream);
  if (stream.finished) return;
  EndRpcResponse(stream, {.error = std::move(error), .message = {}, .status_details = {}});
  Resume(stream);
}

}  // namespace vivace
