#include "server/http2/http2_callbacks.h"

#include "server/http2/http2_session.h"

namespace vivace {
namespace {

// Answers to pings and settings that the client does not read; beyond, nghttp2 ends the connection.
constexpr size_t kOutboundAcksMax = 1000;

std::string_view View(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace

nghttp2_session* Http2Callbacks::NewSession(Http2Session* owner) {
  static nghttp2_session_callbacks* const callbacks = [] {
    nghttp2_session_callbacks* table = nullptr;
    nghttp2_session_callbacks_new(&table);
    nghttp2_session_callbacks_set_on_begin_headers_callback(
        table, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
          if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
            static_cast<Http2Session*>(user)->OnBeginRequest(frame->hd.stream_id);
          return 0;
        });
    nghttp2_session_callbacks_set_on_header_callback(
        table, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                  size_t name_size, const uint8_t* value, size_t value_size, uint8_t, void* user) {
          auto* self = static_cast<Http2Session*>(user);
          if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
          if (Http2Stream* stream = self->Find(frame->hd.stream_id)) {
            self->OnHeaderField(*stream, View(name, name_size), View(value, value_size));
          }
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        table, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
          static_cast<Http2Session*>(user)->OnFrame(*frame);
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        table, [](nghttp2_session*, uint8_t, int32_t stream_id, const uint8_t* data, size_t size,
                  void* user) {
          static_cast<Http2Session*>(user)->OnData(stream_id, View(data, size));
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_send_callback(
        table, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
          static_cast<Http2Session*>(user)->OnFrameSent(*frame);
          return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(
        table, [](nghttp2_session*, int32_t stream_id, uint32_t, void* user) {
          static_cast<Http2Session*>(user)->OnStreamClosed(stream_id);
          return 0;
        });
    return table;
  }();
  static nghttp2_option* const options = [] {
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_max_outbound_ack(option, kOutboundAcksMax);
    // Windows open again as the session takes data (nghttp2_session_consume).
    nghttp2_option_set_no_auto_window_update(option, 1);
    return option;
  }();
  nghttp2_session* session = nullptr;
  return nghttp2_session_server_new2(&session, callbacks, owner, options) == 0 ? session : nullptr;
}

nghttp2_data_provider Http2Callbacks::DataProvider() {
  nghttp2_data_provider provider = {};
  provider.read_callback = [](nghttp2_session*, int32_t stream_id, uint8_t* buffer, size_t size,
                              uint32_t* flags, nghttp2_data_source*, void* user) {
    return static_cast<Http2Session*>(user)->ReadOutput(stream_id, buffer, size, flags);
  };
  return provider;
}

}  // namespace vivace
