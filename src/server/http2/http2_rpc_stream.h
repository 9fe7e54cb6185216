// Http2RpcStream: RpcStream over a stream of an Http2Session. Held by the handler, on any thread;
// may safely outlive stream and session.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "server/http2/http2_session.h"

namespace vivace {

class Http2RpcStream : public RpcStream {
 public:
  Http2RpcStream(std::weak_ptr<Http2Session> session, const Http2Stream& stream);
  ~Http2RpcStream() override;

  bool Write(std::string message) override;
  bool writable() const override { return flow_->writable(); }
  void OnWritable(std::function<void()> callback) override;
  void Finish(RpcResponse reply) override;
  bool cancelled() const override { return cancel_->IsCancelled(); }

 private:
  bool Refuse(std::string message);

  const std::weak_ptr<Http2Session> session_;
  const int32_t id_;
  const std::string encoding_;
  const size_t message_bytes_max_;
  const std::shared_ptr<CancelToken> cancel_;
  const std::shared_ptr<StreamFlow> flow_;
  const std::shared_ptr<Http2RequestResources> resources_;
  std::atomic<bool> finished_ = false;
};

// The prefix of `message` in its frame; compresses the message where `encoding` is set and it is
// large enough to be worth it.
std::string FrameMessage(std::string_view encoding, std::string& message);

}  // namespace vivace
