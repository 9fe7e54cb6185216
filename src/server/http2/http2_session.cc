#include "server/http2/http2_session.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <random>

#include "server/http2/http2_callbacks.h"

namespace vivace {
namespace {

// An entry of the client's table costs it a byte to repeat: small tables, small floods. Enough for
// the fields that clients of gRPC and OTLP/HTTP repeat.
constexpr uint32_t kHeaderTableBytes = 2048;
constexpr int32_t kStreamWindowBytes = 1 << 20;
constexpr int32_t kConnectionWindowBytes = 8 << 20;
// As other servers after CVE-2023-44487: no client cancels faster for long. A little below
// nghttp2's own limit (1000), where it has one, because that ends the connection with
// INTERNAL_ERROR, which blames the wrong side.
constexpr double kResetsBurst = 800;
constexpr double kResetsPerSecond = 33;
// gRPC clients ping with every burst of data that they receive, so the limit is far above what they
// do.
constexpr double kControlFramesBurst = 20000;
constexpr double kControlFramesPerSecond = 5000;
// How long a client may take to learn that it should open no more streams.
constexpr std::chrono::seconds kGoawayGrace{1};

// Told from the ping of a graceful end by its content.
constexpr std::array<uint8_t, 8> kKeepalivePing = {'v', 'i', 'v', 'a', 'c', 'e', 'k', 'a'};

double RandomShare() {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::generate_canonical<double, 24>(random);
}

bool IsControlFrame(const nghttp2_frame_hd& frame) {
  if (frame.type == NGHTTP2_DATA)
    return frame.length == 0 && (frame.flags & NGHTTP2_FLAG_END_STREAM) == 0;
  return frame.type != NGHTTP2_HEADERS;
}

}  // namespace

Http2Session::Http2Session(std::shared_ptr<const PortContext> context, SessionHost& host)
    : context_(std::move(context)),
      host_(&host),
      strand_(host.strand()),
      session_(Http2Callbacks::NewSession(this)),
      memory_(host.memory()),
      resets_(kResetsBurst, kResetsPerSecond),
      control_frames_(kControlFramesBurst, kControlFramesPerSecond),
      keepalive_(context_->options.keepalive, Clock::now(), RandomShare()),
      idle_deadline_(Clock::now() + context_->options.idle_timeout) {
  host_->ArmDeadline(std::min(idle_deadline_, keepalive_.next()));
  if (session_ == nullptr) {
    failed_ = true;
    return;
  }
  const std::array<nghttp2_settings_entry, 5> settings = {{
      {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, kHeaderTableBytes},
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, context_->options.streams_max},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindowBytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
       static_cast<uint32_t>(context_->options.header_bytes_max)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  }};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindowBytes);
}

Http2Session::~Http2Session() { nghttp2_session_del(session_); }

void Http2Session::OnBytes(std::string_view bytes) {
  if (failed_) return;
  if (keepalive_.OnActivity(Clock::now())) host_->ArmDeadline(keepalive_.next());
  const auto used = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  if (used < 0) failed_ = true;
}

void Http2Session::FillOutput(OutputQueue& output) {
  if (session_ == nullptr) return;
  std::string bytes;
  while (bytes.size() < kOutputBytes) {
    const uint8_t* data = nullptr;
    const auto size = nghttp2_session_mem_send(session_, &data);
    if (size < 0) failed_ = true;
    if (size <= 0) break;
    bytes.append(reinterpret_cast<const char*>(data), static_cast<size_t>(size));
  }
  output.Push(std::move(bytes));
}

bool Http2Session::done() const {
  return failed_ ||
         (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0);
}

Http2Stream* Http2Session::Find(int32_t stream_id) {
  const auto found = streams_.find(stream_id);
  return found == streams_.end() ? nullptr : found->second.get();
}

void Http2Session::OnBeginRequest(int32_t stream_id) {
  auto stream = std::make_unique<Http2Stream>(stream_id, context_->options);
  stream->resources = std::make_shared<Http2RequestResources>(memory_, running_);
  stream->no_memory = !stream->resources->lease.TakeInput(0);
  const auto now = Clock::now();
  stream->header_deadline = now + context_->options.header_timeout;
  stream->read_deadline = now + context_->options.read_timeout;
  host_->ArmDeadline(std::min(stream->header_deadline, stream->read_deadline));
  streams_[stream_id] = std::move(stream);
}

void Http2Session::OnFrame(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_RST_STREAM && !resets_.Take())
    return Terminate(NGHTTP2_ENHANCE_YOUR_CALM);
  if (IsControlFrame(frame.hd) && !control_frames_.Take())
    return Terminate(NGHTTP2_ENHANCE_YOUR_CALM);
  if (frame.hd.type == NGHTTP2_PING && (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 &&
      !std::ranges::equal(frame.ping.opaque_data, kKeepalivePing))
    return SendFinalGoaway();
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return;
  Http2Stream* stream = Find(frame.hd.stream_id);
  if (stream == nullptr) return;
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
    stream->input_ended = ends;
    OnRequestHeader(*stream);
  } else if (ends) {
    OnRequestEnd(*stream);
  }
}

// A response that ended before the request: RST_STREAM with NO_ERROR asks the client to stop
// sending (RFC 9113 8.1).
void Http2Session::OnFrameSent(const nghttp2_frame& frame) {
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return;
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
  const Http2Stream* stream = Find(frame.hd.stream_id);
  if (stream == nullptr || stream->input_ended) return;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_NO_ERROR);
}

void Http2Session::OnStreamClosed(int32_t stream_id) {
  auto node = streams_.extract(stream_id);
  if (node.empty()) return;
  const Http2Stream& stream = *node.mapped();
  if (stream.unconsumed > 0) nghttp2_session_consume_connection(session_, stream.unconsumed);
  if (!stream.output.empty()) --sending_streams_;
  if (stream.cancel && !(stream.finished && stream.output.empty())) stream.cancel->Cancel();
  if (stream.flow) {
    if (auto callback = stream.flow->End()) boost::asio::post(strand_, std::move(callback));
  }
  if (!streams_.empty()) return;
  idle_deadline_ = Clock::now() + context_->options.idle_timeout;
  host_->ArmDeadline(idle_deadline_);
}

ssize_t Http2Session::ReadOutput(int32_t stream_id, uint8_t* buffer, size_t size, uint32_t* flags) {
  Http2Stream* stream = Find(stream_id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  size_t filled = 0;
  while (filled < size && !stream->output.empty()) {
    const std::string_view part = stream->output.Front().substr(0, size - filled);
    std::copy_n(part.data(), part.size(), buffer + filled);
    filled += part.size();
    stream->output.Consume(part.size());
  }
  if (filled > 0) OnOutputSent(*stream, filled);
  if (!stream->output.empty()) return static_cast<ssize_t>(filled);
  if (stream->finished) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!stream->trailers.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      SubmitTrailers(*stream);
    }
    return static_cast<ssize_t>(filled);
  }
  if (filled > 0) return static_cast<ssize_t>(filled);
  stream->deferred = true;
  return NGHTTP2_ERR_DEFERRED;
}

void Http2Session::OnOutputSent(Http2Stream& stream, size_t bytes) {
  stream.sent_bytes += bytes;
  if (stream.output.empty()) {
    --sending_streams_;
    stream.answer_rate.Stop();
    stream.answer_deadline = kNever;
  }
  if (!stream.flow) return;
  if (auto callback = stream.flow->Sent(bytes)) boost::asio::post(strand_, std::move(callback));
}

Clock::time_point Http2Session::OnDeadline(Clock::time_point now) {
  if (failed_ || !CheckKeepalive(now)) return kNever;
  if (goaway_deadline_ <= now) SendFinalGoaway();
  if (streams_.empty() && idle_deadline_ <= now) {
    idle_deadline_ = kNever;
    Terminate(NGHTTP2_NO_ERROR);
  }
  auto next = streams_.empty() ? idle_deadline_ : kNever;
  // Answering may not remove streams (that happens on sending), so the map stays as it is.
  for (const auto& [id, stream] : streams_) next = std::min(next, CheckStream(*stream, now));
  return std::max(std::min({next, goaway_deadline_, keepalive_.next()}), now);
}

bool Http2Session::CheckKeepalive(Clock::time_point now) {
  for (;;) {
    switch (keepalive_.Due(now)) {
      case Keepalive::Action::kNone:
        return true;
      case Keepalive::Action::kPing:
        nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, kKeepalivePing.data());
        break;
      case Keepalive::Action::kDrain:
        Drain();
        break;
      case Keepalive::Action::kClose:
        failed_ = true;
        return false;
    }
  }
}

Clock::time_point Http2Session::CheckStream(Http2Stream& stream, Clock::time_point now) {
  if (stream.header_deadline <= now) {
    // A header block cannot be skipped: the connection's compression state depends on it.
    Terminate(NGHTTP2_PROTOCOL_ERROR);
    return kNever;
  }
  if (stream.read_deadline <= now || !stream.body_rate.IsMet(now, stream.body_bytes))
    OnOverdueInput(stream);
  const auto call_deadline = stream.cancel ? stream.cancel->deadline() : kNever;
  if (call_deadline <= now && !stream.finished) {
    // Answered first: a handler may answer CANCELLED as soon as it is cancelled.
    RefuseRpc(stream, {ErrorCode::kDeadlineExceeded, "context deadline exceeded"});
    stream.cancel->Cancel();
  }
  auto next = std::min({stream.header_deadline, stream.read_deadline, stream.body_rate.deadline()});
  if (!stream.finished) next = std::min(next, call_deadline);
  return std::min(next, CheckAnswer(stream, now));
}

// A stream whose output the socket does not take is the connection's to judge; one that the peer
// gives no window is slow itself.
Clock::time_point Http2Session::CheckAnswer(Http2Stream& stream, Clock::time_point now) {
  LeastRate& rate = stream.answer_rate;
  if (rate.deadline() <= now && host_->unsent_bytes() > 0) rate.Start(now, stream.sent_bytes);
  if (stream.answer_deadline <= now || !rate.IsMet(now, stream.sent_bytes, sending_streams_)) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_CANCEL);
    rate.Stop();
    stream.answer_deadline = kNever;
  }
  return std::min(rate.deadline(), stream.answer_deadline);
}

void Http2Session::Drain() {
  if (failed_ || goaway_deadline_ != kNever) return;
  // First a GOAWAY that refuses nothing, then, when the client must have seen it, the one that
  // does: no request is lost on the way.
  nghttp2_submit_shutdown_notice(session_);
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  goaway_deadline_ = Clock::now() + kGoawayGrace;
  host_->ArmDeadline(goaway_deadline_);
}

void Http2Session::SendFinalGoaway() {
  if (goaway_deadline_ == kNever) return;
  goaway_deadline_ = kNever;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                        nullptr, 0);
}

void Http2Session::Terminate(uint32_t error_code) {
  nghttp2_session_terminate_session(session_, error_code);
}

void Http2Session::OnClosed() {
  closed_.store(true, std::memory_order_release);
  failed_ = true;
  const auto streams = std::exchange(streams_, {});
  for (const auto& [id, stream] : streams) {
    if (stream->cancel) stream->cancel->Cancel();
    if (!stream->flow) continue;
    if (auto callback = stream->flow->End()) boost::asio::post(strand_, std::move(callback));
  }
}

std::shared_ptr<Session> NewHttp2Session(std::shared_ptr<const PortContext> context,
                                         SessionHost& host) {
  return std::make_shared<Http2Session>(std::move(context), host);
}

}  // namespace vivace
