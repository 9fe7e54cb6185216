// Http2Session: HTTP/2 on one connection, over nghttp2: ordinary requests to the HTTP handler, gRPC
// calls to the GrpcService.
//
// Flow control: 1 MiB per stream, 8 MiB per connection, opened again as data is stored; what is
// stored is bounded by the body budgets, and a request beyond them is refused, never stalled, so
// that requests cannot block each other. Runs on the connection's strand; answers come from any
// thread. Floods (resets, pings, settings, empty frames) end the connection with ENHANCE_YOUR_CALM.
#pragma once

#include <nghttp2/nghttp2.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

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
  bool wants_input() const override { return !failed_; }
  bool done() const override;

  // Answers, from any thread; ignored when the stream is gone or answered.
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

  void OnRequestHeader(Http2Stream& stream);
  void OnRequestEnd(Http2Stream& stream);
  void BeginHttp(Http2Stream& stream);
  void BeginRpc(Http2Stream& stream);
  void CallHttp(Http2Stream& stream);
  void CallRpc(Http2Stream& stream);
  void CallUnary(Http2Stream& stream, RpcRequest request);
  void CallStream(Http2Stream& stream, RpcRequest request);

  void SubmitHttpResponse(Http2Stream& stream, HttpResponse response);
  void SubmitRpcResponse(Http2Stream& stream, std::string prefix, RpcResponse reply);
  void BeginRpcResponse(Http2Stream& stream);
  void AppendOutput(Http2Stream& stream, std::string bytes);
  void EndRpcResponse(Http2Stream& stream, const RpcResponse& reply);
  void RefuseHttp(Http2Stream& stream, HttpResponse response);
  void RefuseRpc(Http2Stream& stream, Error error);
  void SubmitTrailers(const Http2Stream& stream);
  void Resume(Http2Stream& stream);

  Clock::time_point CheckStream(Http2Stream& stream, Clock::time_point now);
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
