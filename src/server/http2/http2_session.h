// Http2Session: HTTP/2 on one connection, over nghttp2: ordinary requests to the HTTP handler, gRPC
// calls to the GrpcService.
//
// Flow control: 1 MiB per stream, 8 MiB per connection, opened again as data is stored, which it is
// once the request's head has been judged; what is stored is bounded by ConnectionMemory, and a
// request beyond it is refused, never stalled, so that requests cannot block each other. While a
// client leaves too much unread, its further requests wait. Runs on the connection's strand;
// verdicts and answers come from any thread. Floods (resets, pings, settings, empty frames, header
// blocks far beyond the limit) end the connection with ENHANCE_YOUR_CALM.
#pragma once

#include <nghttp2/nghttp2.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/http/session.h"
#include "server/http2/flood_limiter.h"
#include "server/http2/http2_stream.h"
#include "server/http2/keepalive.h"

namespace vivace {

class Http2Session : public Session, public std::enable_shared_from_this<Http2Session> {
 public:
  Http2Session(std::shared_ptr<const PortContext> context, SessionHost& host);
  ~Http2Session() override;

  void OnBytes(std::string_view bytes) override;
  void OnEndOfInput() override { failed_ = true; }
  Clock::time_point OnDeadline(Clock::time_point now) override;
  void FillOutput(OutputQueue& output) override;
  void Drain() override;
  void OnClosed() override;
  size_t input_max() const override { return failed_ ? 0 : kAnyInput; }
  bool done() const override;

  // Verdicts and answers, from any thread; ignored when the stream is gone or answered.
  void OnHttpVerdict(int32_t stream_id, std::optional<HttpResponse> refusal);
  void OnRpcVerdict(int32_t stream_id, std::optional<Error> refusal);
  void RespondHttp(int32_t stream_id, HttpResponse response);
  void RespondRpc(int32_t stream_id, std::string prefix, RpcResponse reply);
  void WriteRpc(int32_t stream_id, std::string prefix, std::string message);
  void FinishRpc(int32_t stream_id, RpcResponse reply);

 private:
  friend struct Http2Callbacks;

  // What nghttp2 reports.
  void OnBeginRequest(int32_t stream_id);
  void OnHeaderField(Http2Stream& stream, std::string_view name, std::string_view value);
  void OnFrame(const nghttp2_frame& frame);
  void OnData(int32_t stream_id, std::string_view data);
  void OnFrameSent(const nghttp2_frame& frame);
  void OnStreamClosed(int32_t stream_id);
  ssize_t ReadOutput(int32_t stream_id, uint8_t* buffer, size_t size, uint32_t* flags);

  void StoreHeaderField(Http2Stream& stream, std::string_view name, std::string_view value);
  void DropHead(Http2Stream& stream);
  void OnRequestHeader(Http2Stream& stream);
  std::optional<HttpResponse> CheckHead(const Http2Stream& stream) const;
  void OnRequestEnd(Http2Stream& stream);
  void BeginHttp(Http2Stream& stream);
  void BeginRpc(Http2Stream& stream);
  void Admit(Http2Stream& stream);
  void Consume(Http2Stream& stream);
  void Call(Http2Stream& stream);
  void CallWaiting();
  void CallHttp(Http2Stream& stream);
  void CallRpc(Http2Stream& stream);
  void CallUnary(Http2Stream& stream, RpcRequest request);
  void CallStream(Http2Stream& stream, RpcRequest request);

  void SubmitHttpResponse(Http2Stream& stream, HttpResponse response);
  void SubmitRpcResponse(Http2Stream& stream, std::string prefix, RpcResponse reply);
  void BeginRpcResponse(Http2Stream& stream);
  void AppendOutput(Http2Stream& stream, std::string bytes);
  Clock::duration TimeFor(size_t bytes) const;
  void Discard(Http2Stream& stream);
  void EndRpcResponse(Http2Stream& stream, const RpcResponse& reply);
  void RefuseHttp(Http2Stream& stream, HttpResponse response);
  void RefuseRpc(Http2Stream& stream, Error error);
  void SubmitTrailers(const Http2Stream& stream);
  void OnOutputSent(Http2Stream& stream, size_t bytes);
  void Resume(Http2Stream& stream);

  Clock::time_point CheckStream(Http2Stream& stream, Clock::time_point now);
  Clock::time_point CheckAnswer(Http2Stream& stream, Clock::time_point now);
  void OnOverdueInput(Http2Stream& stream);
  // False where the connection is over.
  bool CheckKeepalive(Clock::time_point now);
  void SendFinalGoaway();
  void Terminate(uint32_t error_code);
  Http2Stream* Find(int32_t stream_id);
  template <typename Work>
  void OnStrand(int32_t stream_id, Work work);

  const std::shared_ptr<const PortContext> context_;
  SessionHost* host_;
  const Strand strand_;
  nghttp2_session* session_ = nullptr;
  std::unordered_map<int32_t, std::unique_ptr<Http2Stream>> streams_;
  const std::shared_ptr<ConnectionMemory> memory_;
  std::vector<int32_t> waiting_;  // streams with waits_for_room
  size_t sending_streams_ = 0;    // with output that waits
  const std::shared_ptr<std::atomic<uint32_t>> running_ =
      std::make_shared<std::atomic<uint32_t>>(0);
  FloodLimiter resets_;
  FloodLimiter control_frames_;
  Keepalive keepalive_;
  Clock::time_point idle_deadline_;
  Clock::time_point goaway_deadline_ = kNever;  // of the second GOAWAY of a graceful end
  bool failed_ = false;
  std::atomic<bool> closed_ = false;
};

// `context` and `host` outlive the session's use on the strand: until OnClosed.
std::shared_ptr<Session> NewHttp2Session(std::shared_ptr<const PortContext> context,
                                         SessionHost& host);

}  // namespace vivace
