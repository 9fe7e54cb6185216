#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <protozero/pbf_reader.hpp>

#include "client.h"
#include "socket.h"

namespace vivace::bench {
namespace {

nghttp2_nv Header(std::string_view name, std::string_view value) {
  auto bytes = [](std::string_view text) {
    return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

class GrpcClient final : public Client {
 public:
  explicit GrpcClient(Socket socket) : socket_(std::move(socket)) {
    nghttp2_session_callbacks* callbacks;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_send_callback(callbacks, OnSend);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, OnSendData);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnClose);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~GrpcClient() override { nghttp2_session_del(session_); }

  SendOutcome Send(std::string_view request) override {
    Begin(request);
    while (!call_.closed) {
      if (nghttp2_session_send(session_) != 0 || !Flush())
        return {.message = "the connection is closed"};
      if (call_.closed) break;
      const std::string_view input = socket_.Receive();
      if (input.empty()) return {.message = "the connection closed before the answer"};
      const auto* bytes = reinterpret_cast<const uint8_t*>(input.data());
      if (nghttp2_session_mem_recv(session_, bytes, input.size()) < 0)
        return {.message = "the answer is no HTTP/2"};
    }
    return Classify();
  }

 private:
  using Kind = SendOutcome::Kind;
  static constexpr size_t kPrefixBytes = 5;

  struct Call {
    std::array<char, kPrefixBytes> prefix{};
    std::string_view request;
    size_t sent = 0;  // of prefix and request
    std::string status;
    std::string grpc_status;
    std::string grpc_message;
    std::string response;
    uint32_t http2_error = 0;
    bool closed = false;
  };

  void Begin(std::string_view request) {
    call_ = Call();
    call_.request = request;
    for (size_t i = 1; i < kPrefixBytes; ++i)
      call_.prefix[i] = static_cast<char>(request.size() >> (8 * (kPrefixBytes - 1 - i)));
    const std::array headers = {
        Header(":method", "POST"),
        Header(":scheme", "http"),
        Header(":path", "/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
        Header(":authority", "localhost"),
        Header("content-type", "application/grpc"),
        Header("te", "trailers"),
    };
    nghttp2_data_provider body{};
    body.read_callback = OnReadBody;
    nghttp2_submit_request(session_, nullptr, headers.data(), headers.size(), &body, this);
  }

  SendOutcome Classify() const {
    if (call_.grpc_status == "0") {
      const auto message =
          std::string_view(call_.response).substr(std::min(kPrefixBytes, call_.response.size()));
      return {.kind = Kind::kAcknowledged, .message = {}, .rejected_spans = RejectedSpans(message)};
    }
    if (call_.grpc_status.empty()) {
      return {.message = "stream closed without a gRPC status: HTTP " + call_.status +
                         ", HTTP/2 error " + std::to_string(call_.http2_error)};
    }
    const bool busy = call_.grpc_status == "8" || call_.grpc_status == "14";
    return {.kind = busy ? Kind::kBackPressure : Kind::kRefused,
            .message = "gRPC " + call_.grpc_status + " " + call_.grpc_message};
  }

  bool Flush() {
    const bool sent = output_.empty() || socket_.Send(output_);
    output_.clear();
    return sent;
  }

  static GrpcClient& Self(void* user) { return *static_cast<GrpcClient*>(user); }

  static ssize_t OnSend(nghttp2_session*, const uint8_t* data, size_t length, int, void* user) {
    Self(user).output_.append(reinterpret_cast<const char*>(data), length);
    return static_cast<ssize_t>(length);
  }

  // Announces how much comes next; OnSendData then takes it from the request itself, so that the
  // body is copied once.
  static ssize_t OnReadBody(nghttp2_session*, int32_t, uint8_t*, size_t length, uint32_t* flags,
                            nghttp2_data_source*, void* user) {
    const Call& call = Self(user).call_;
    const size_t left = kPrefixBytes + call.request.size() - call.sent;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (left <= length) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(std::min(left, length));
  }

  static int OnSendData(nghttp2_session*, nghttp2_frame*, const uint8_t* head, size_t length,
                        nghttp2_data_source*, void* user) {
    constexpr size_t kFrameHeadBytes = 9;
    Call& call = Self(user).call_;
    std::string& output = Self(user).output_;
    output.append(reinterpret_cast<const char*>(head), kFrameHeadBytes);
    if (call.sent < kPrefixBytes) {
      const size_t of_prefix = std::min(length, kPrefixBytes - call.sent);
      output.append(call.prefix.data() + call.sent, of_prefix);
      call.sent += of_prefix;
      length -= of_prefix;
    }
    output.append(call.request.substr(call.sent - kPrefixBytes, length));
    call.sent += length;
    return 0;
  }

  static int OnHeader(nghttp2_session*, const nghttp2_frame*, const uint8_t* name,
                      size_t name_length, const uint8_t* value, size_t value_length, uint8_t,
                      void* user) {
    const std::string_view key(reinterpret_cast<const char*>(name), name_length);
    const std::string_view text(reinterpret_cast<const char*>(value), value_length);
    Call& call = Self(user).call_;
    if (key == ":status") call.status = text;
    if (key == "grpc-status") call.grpc_status = text;
    if (key == "grpc-message") call.grpc_message = text;
    return 0;
  }

  static int OnData(nghttp2_session*, uint8_t, int32_t, const uint8_t* data, size_t length,
                    void* user) {
    Self(user).call_.response.append(reinterpret_cast<const char*>(data), length);
    return 0;
  }

  static int OnClose(nghttp2_session*, int32_t, uint32_t error, void* user) {
    Self(user).call_.http2_error = error;
    Self(user).call_.closed = true;
    return 0;
  }

  Socket socket_;
  nghttp2_session* session_ = nullptr;
  Call call_;
  std::string output_;
};

}  // namespace

Result<std::unique_ptr<Client>> ConnectGrpc(int port) {
  VIVACE_ASSIGN(Socket socket, Socket::Connect(port));
  return std::make_unique<GrpcClient>(std::move(socket));
}

uint64_t RejectedSpans(std::string_view response) {
  try {
    protozero::pbf_reader message(response.data(), response.size());
    if (!message.next(1)) return 0;
    protozero::pbf_reader partial_success(message.get_view());
    return partial_success.next(1) ? static_cast<uint64_t>(partial_success.get_int64()) : 0;
  } catch (const protozero::exception&) {
    return 0;
  }
}

}  // namespace vivace::bench
