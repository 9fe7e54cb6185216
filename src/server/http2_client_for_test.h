// TestHttp2Client: a blocking HTTP/2 and gRPC client for tests, over nghttp2 and a TestSocket.
#pragma once

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/socket_for_test.h"

namespace vivace {

struct TestResponse {
  std::map<std::string, std::string> headers;  // and trailers
  std::string body;
  bool closed = false;
  uint32_t reset_code = 0;

  std::string Field(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

using TestFields = std::vector<std::pair<std::string, std::string>>;

inline std::string GrpcFrame(std::string_view message, bool compressed = false) {
  std::string frame(1, static_cast<char>(compressed));
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(message.size() >> shift);
  return frame.append(message);
}

class TestHttp2Client {
 public:
  explicit TestHttp2Client(uint16_t port) : socket_(port) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnClose);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrame);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~TestHttp2Client() { nghttp2_session_del(session_); }
  TestHttp2Client(const TestHttp2Client&) = delete;
  TestHttp2Client& operator=(const TestHttp2Client&) = delete;

  // Starts a request and returns its stream. `ends`: the body is complete; otherwise the stream
  // stays open after it.
  int32_t Start(const std::string& method, const std::string& path, TestFields fields,
                std::string body = "", bool ends = true) {
    fields.insert(
        fields.begin(),
        {{":method", method}, {":scheme", "http"}, {":path", path}, {":authority", "test"}});
    std::vector<nghttp2_nv> list;
    for (auto& [name, value] : fields) {
      list.push_back({reinterpret_cast<uint8_t*>(name.data()),
                      reinterpret_cast<uint8_t*>(value.data()), name.size(), value.size(), 0});
    }
    nghttp2_data_provider provider = {};
    provider.read_callback = ReadBody;
    const bool has_body = !body.empty() || !ends;
    const int32_t id = nghttp2_submit_request(session_, nullptr, list.data(), list.size(),
                                              has_body ? &provider : nullptr, nullptr);
    bodies_[id] = {std::move(body), 0, ends};
    Flush();
    return id;
  }
  int32_t StartRpc(const std::string& method, std::string body, TestFields fields = {},
                   bool ends = true) {
    fields.insert(fields.begin(), {{"content-type", "application/grpc"}, {"te", "trailers"}});
    return Start("POST", method, std::move(fields), std::move(body), ends);
  }

  TestResponse Wait(int32_t id) {
    Until([&] { return answers_[id].closed; });
    return answers_[id];
  }
  TestResponse Call(const std::string& method, std::string message, TestFields fields = {}) {
    return Wait(StartRpc(method, GrpcFrame(message), std::move(fields)));
  }
  TestResponse& answer(int32_t id) { return answers_[id]; }

  // Exchanges frames until `condition` holds; false when the time or the connection ends before.
  template <typename Condition>
  bool Until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + kTestWait;
    while (!condition()) {
      Flush();
      std::string bytes;
      if (std::chrono::steady_clock::now() > deadline ||
          !socket_.Receive(bytes, std::chrono::milliseconds(2000)))
        return condition();
      nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(bytes.data()),
                               bytes.size());
      Flush();
    }
    return true;
  }
  void Flush() {
    const uint8_t* data = nullptr;
    for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &data)) > 0;) {
      socket_.Send({reinterpret_cast<const char*>(data), static_cast<size_t>(size)});
    }
  }
  void Reset(int32_t id) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    Flush();
  }

  void ClearResponses() {
    answers_.clear();
    bodies_.clear();
  }

  TestSocket& socket() { return socket_; }
  nghttp2_session* session() { return session_; }
  int goaways() const { return goaways_; }
  uint32_t goaway_code() const { return goaway_code_; }
  int ping_acks() const { return ping_acks_; }
  int pings() const { return pings_; }

 private:
  struct Body {
    std::string bytes;
    size_t sent = 0;
    bool ends = true;
  };

  static std::string Text(const uint8_t* data, size_t size) {
    return {reinterpret_cast<const char*>(data), size};
  }
  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                      void* user) {
    static_cast<TestHttp2Client*>(user)
        ->answers_[frame->hd.stream_id]
        .headers[Text(name, name_size)] = Text(value, value_size);
    return 0;
  }
  static int OnData(nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t size,
                    void* user) {
    static_cast<TestHttp2Client*>(user)->answers_[id].body += Text(data, size);
    return 0;
  }
  static int OnClose(nghttp2_session*, int32_t id, uint32_t code, void* user) {
    TestResponse& answer = static_cast<TestHttp2Client*>(user)->answers_[id];
    answer.closed = true;
    answer.reset_code = code;
    return 0;
  }
  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    auto* self = static_cast<TestHttp2Client*>(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      ++self->goaways_;
      self->goaway_code_ = frame->goaway.error_code;
    }
    if (frame->hd.type == NGHTTP2_PING) {
      const bool is_ack = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
      ++(is_ack ? self->ping_acks_ : self->pings_);
    }
    return 0;
  }
  static ssize_t ReadBody(nghttp2_session*, int32_t id, uint8_t* buffer, size_t size,
                          uint32_t* flags, nghttp2_data_source*, void* user) {
    Body& body = static_cast<TestHttp2Client*>(user)->bodies_[id];
    const size_t part = std::min(size, body.bytes.size() - body.sent);
    std::copy_n(body.bytes.data() + body.sent, part, buffer);
    body.sent += part;
    if (body.sent < body.bytes.size()) return static_cast<ssize_t>(part);
    if (body.ends) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return part == 0 && !body.ends ? static_cast<ssize_t>(NGHTTP2_ERR_DEFERRED)
                                   : static_cast<ssize_t>(part);
  }

  TestSocket socket_;
  nghttp2_session* session_ = nullptr;
  std::map<int32_t, Body> bodies_;
  std::map<int32_t, TestResponse> answers_;
  int goaways_ = 0;
  uint32_t goaway_code_ = 0;
  int ping_acks_ = 0;
  int pings_ = 0;  // of the server
};

}  // namespace vivace
