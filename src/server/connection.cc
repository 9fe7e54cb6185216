#include "server/connection.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include "base/log.h"
#include "server/http1/http1_session.h"
#include "server/http2/http2_session.h"

namespace vivace {
namespace {

constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n";
// Large enough that a request of typical size comes in one read, small enough to stay in the
// second-level cache.
constexpr size_t kReadBufferBytes = 256 << 10;
// Reads of one connection before the others on the thread get their turn.
constexpr int kReadsPerTurn = 16;
constexpr size_t kOutputVectors = 16;
// How long a refused client may go on sending before the connection is cut: an early reset could
// discard the response.
constexpr std::chrono::milliseconds kLingeringCloseTimeout{2000};
// The same at the end of the process: a client that keeps an idle connection open must not delay
// it.
constexpr std::chrono::milliseconds kDrainCloseTimeout{100};

std::span<char> ThreadReadBuffer() {
  thread_local const auto buffer = std::make_unique<char[]>(kReadBufferBytes);
  return {buffer.get(), kReadBufferBytes};
}

std::string PeerName(const TcpSocket& socket) {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return "";
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  const std::string text = address.to_string();
  return (address.is_v6() ? "[" + text + "]" : text) + ":" + std::to_string(endpoint.port());
}

std::shared_ptr<ConnectionMemory> MemoryOf(const PortContext& context, const std::string& peer,
                                           const Strand& strand) {
  std::string_view address = AddressOfPeer(peer);
  if (address.starts_with('[')) address = address.substr(1, address.size() - 2);
  const ListenOptions& options = context.options;
  return std::make_shared<ConnectionMemory>(
      ConnectionMemoryLimits{.request_bytes_max = options.connection_body_bytes_max,
                             .head_bytes_max = options.connection_head_bytes_max,
                             .answer_bytes_max = options.connection_answer_bytes_max},
      context.memory->For(std::string(address)), context.io, strand);
}

}  // namespace

Connection::Connection(TcpSocket socket, std::shared_ptr<const PortContext> context,
                       const std::optional<TlsContext>& tls,
                       std::function<void(Connection*)> on_closed)
    : strand_(socket.get_executor()),
      socket_(std::move(socket)),
      context_(std::move(context)),
      stream_(tls ? NewTlsStream(socket_.native_handle(), *tls)
                  : NewPlainStream(socket_.native_handle())),
      on_closed_(std::move(on_closed)),
      peer_(PeerName(socket_)),
      memory_(MemoryOf(*context_, peer_, strand_)),
      timer_(strand_),
      write_rate_(context_->options.answer_rate_min, context_->options.write_timeout) {}

void Connection::Start() {
  boost::asio::dispatch(strand_, [self = shared_from_this()] {
    boost::system::error_code ignored;
    self->socket_.native_non_blocking(true, ignored);
    self->socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    self->socket_.set_option(boost::asio::socket_base::keep_alive(true), ignored);
    self->detect_deadline_ = Clock::now() + self->context_->options.header_timeout;
    self->ArmDeadline(self->detect_deadline_);
    self->Pump();
  });
}

void Connection::Drain() {
  boost::asio::dispatch(strand_, [self = shared_from_this()] {
    if (self->closed_) return;
    self->draining_ = true;
    if (!self->session_) return self->CloseOnStrand();
    self->session_->Drain();
    self->Flush();
  });
}

void Connection::Close() {
  boost::asio::dispatch(strand_, [self = shared_from_this()] { self->CloseOnStrand(); });
}

void Connection::Pump() {
  if (closed_) return;
  want_write_ = false;
  WriteOutput();
  ReadAvailable();
  FinishIfDone();
  WaitForSocket();
}

void Connection::ReadAvailable() {
  const std::span<char> buffer = ThreadReadBuffer();
  more_input_ = false;
  for (int turn = 0; turn < kReadsPerTurn; ++turn) {
    const size_t bytes_max = InputMax();
    if (closed_ || end_seen_ || bytes_max == 0) return;
    if (!ReadOnce(buffer.first(std::min(buffer.size(), bytes_max)))) return;
  }
  more_input_ = true;
}

// Whether to try again at once.
bool Connection::ReadOnce(std::span<char> buffer) {
  const IoResult result = stream_->Read(buffer);
  switch (result.state) {
    case IoState::kDone:
      Feed({buffer.data(), result.bytes});
      return result.bytes == buffer.size() || !stream_->short_read_means_empty();
    case IoState::kWantRead:
      return false;
    case IoState::kWantWrite:
      want_write_ = true;
      return false;
    case IoState::kEnd:
      OnEnd();
      return false;
    case IoState::kFailed:
      CloseOnStrand();
      return false;
  }
  return false;
}

void Connection::Feed(std::string_view bytes) {
  if (linger_deadline_ != kNever) return;
  if (!session_) {
    first_bytes_.append(bytes);
    return DetectProtocol();
  }
  busy_ = true;
  session_->OnBytes(bytes);
  busy_ = false;
  WriteOutput();
}

void Connection::DetectProtocol() {
  const size_t known = std::min(first_bytes_.size(), kHttp2Preface.size());
  const bool http2 =
      std::string_view(first_bytes_).substr(0, known) == kHttp2Preface.substr(0, known);
  if (http2 && known < kHttp2Preface.size()) return;
  detect_deadline_ = kNever;
  session_ = http2 ? NewHttp2Session(context_, *this) : NewHttp1Session(context_, *this);
  const std::string bytes = std::exchange(first_bytes_, {});
  Feed(bytes);
}

void Connection::OnEnd() {
  end_seen_ = true;
  if (!session_ || linger_deadline_ != kNever) return CloseOnStrand();
  busy_ = true;
  session_->OnEndOfInput();
  busy_ = false;
  WriteOutput();
}

void Connection::Flush() {
  if (busy_ || closed_) return;
  WriteOutput();
  FinishIfDone();
  WaitForSocket();
}

void Connection::WriteOutput() {
  while (!closed_) {
    if (session_ && output_.empty()) session_->FillOutput(output_);
    if (output_.empty()) return OnOutputDrained();
    std::array<iovec, kOutputVectors> vectors;
    const size_t count = output_.Gather(vectors);
    const IoResult result = stream_->Write({vectors.data(), count});
    if (result.state == IoState::kDone) {
      output_.Consume(result.bytes);
      written_bytes_ += result.bytes;
      continue;
    }
    if (result.state == IoState::kFailed || result.state == IoState::kEnd) return CloseOnStrand();
    want_write_ = want_write_ || result.state == IoState::kWantWrite;
    return OnWriteBlocked();
  }
}

// What the socket does not take is memory that nobody else counts: a session's answers may be gone
// from its streams.
void Connection::OnWriteBlocked() {
  if (!write_rate_.running()) write_rate_.Start(Clock::now(), BytesTaken());
  ArmDeadline(write_rate_.deadline());
  const size_t bytes = std::min(output_.bytes(), Session::kOutputBytes);
  if (bytes <= blocked_bytes_) return;
  if (!memory_->TakeAnswer(bytes - blocked_bytes_)) return CloseOnStrand();
  blocked_bytes_ = bytes;
}

void Connection::OnOutputDrained() {
  write_rate_.Stop();
  if (blocked_bytes_ > 0) memory_->ReleaseAnswer(std::exchange(blocked_bytes_, 0));
}

// What the peer's side has acknowledged. The kernel takes megabytes at a time for a slow reader:
// what it was given says little of how fast that one is.
size_t Connection::BytesTaken() {
  int waiting = 0;
  if (::ioctl(socket_.native_handle(), SIOCOUTQ, &waiting) != 0) waiting = 0;
  return written_bytes_ - std::min(written_bytes_, static_cast<size_t>(waiting));
}

bool Connection::IsOverdue(Clock::time_point now) {
  if (std::min(linger_deadline_, detect_deadline_) <= now) return true;
  return write_rate_.deadline() <= now && !write_rate_.IsMet(now, BytesTaken());
}

void Connection::FinishIfDone() {
  if (closed_ || !session_ || !session_->done() || !output_.empty() || linger_deadline_ != kNever)
    return;
  if (end_seen_) return CloseOnStrand();
  StartLingeringClose();
}

void Connection::StartLingeringClose() {
  stream_->EndOutput();
  linger_deadline_ = Clock::now() + (draining_ ? kDrainCloseTimeout : kLingeringCloseTimeout);
  ArmDeadline(linger_deadline_);
  // The session may have left bytes unread; they no longer matter.
  more_input_ = true;
}

void Connection::WaitForSocket() {
  if (closed_) return;
  if (want_write_ || !output_.empty()) WaitWritable();
  if (end_seen_ || InputMax() == 0) return;
  if (!more_input_) return WaitReadable();
  more_input_ = false;
  boost::asio::post(strand_, [self = shared_from_this()] { self->Pump(); });
}

void Connection::WaitReadable() {
  if (std::exchange(read_waiting_, true)) return;
  socket_.async_wait(TcpSocket::wait_read,
                     [self = shared_from_this()](boost::system::error_code error) {
                       self->read_waiting_ = false;
                       if (!error) self->Pump();
                     });
}

void Connection::WaitWritable() {
  if (std::exchange(write_waiting_, true)) return;
  socket_.async_wait(TcpSocket::wait_write,
                     [self = shared_from_this()](boost::system::error_code error) {
                       self->write_waiting_ = false;
                       if (!error) self->Pump();
                     });
}

// Deadlines mostly move later with every request; the timer is left alone then and looks again when
// it fires.
void Connection::ArmDeadline(Clock::time_point deadline) {
  if (closed_ || deadline >= timer_at_) return;
  timer_at_ = deadline;
  timer_.expires_at(deadline);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error) self->OnTimer();
  });
}

void Connection::OnTimer() {
  if (closed_) return;
  timer_at_ = kNever;
  const auto now = Clock::now();
  if (IsOverdue(now)) return Abort();
  auto next = std::min({write_rate_.deadline(), linger_deadline_, detect_deadline_});
  if (session_) {
    busy_ = true;
    next = std::min(next, session_->OnDeadline(now));
    busy_ = false;
  }
  ArmDeadline(next);
  Flush();
}

// With a reset: the kernel forgets at once what the peer did not take.
void Connection::Abort() {
  boost::system::error_code ignored;
  if (!output_.empty()) socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  CloseOnStrand();
}

void Connection::CloseOnStrand() {
  if (std::exchange(closed_, true)) return;
  OnOutputDrained();
  if (session_) session_->OnClosed();
  boost::system::error_code ignored;
  timer_.cancel();
  socket_.close(ignored);
  on_closed_(this);
}

}  // namespace vivace
