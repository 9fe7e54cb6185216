// Connection: one accepted socket. Detects the client's protocol, moves bytes between socket and
// session, and closes the connection.
//
// Kept alive by its pending waits and answers. Everything runs on its strand, except Start, Drain
// and Close, which any thread may call. An idle connection holds no read buffer: reads go through
// one large buffer per thread.
#pragma once

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/http/session.h"
#include "server/transport/byte_stream.h"
#include "server/transport/least_rate.h"

namespace vivace {

using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Strand>;

class Connection : public SessionHost, public std::enable_shared_from_this<Connection> {
 public:
  // `on_closed` runs once, when the socket is closed.
  Connection(TcpSocket socket, std::shared_ptr<const PortContext> context,
             const std::optional<TlsContext>& tls, std::function<void(Connection*)> on_closed);

  // Whether the peer may have one more connection; else it is to be dropped.
  bool has_place() const { return memory_->has_place(); }
  void Start();
  // Answers what is in progress, then closes.
  void Drain();
  // Closes now.
  void Close();

  const Strand& strand() const override { return strand_; }
  const std::string& peer() const override { return peer_; }
  std::string handshake_failure() const { return stream_->handshake_failure(); }
  const std::shared_ptr<ConnectionMemory>& memory() const override { return memory_; }
  size_t unsent_bytes() const override { return output_.bytes(); }
  void Flush() override;
  void ArmDeadline(Clock::time_point deadline) override;

 private:
  using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Strand>;

  void Pump();
  void ReadAvailable();
  bool ReadOnce(std::span<char> buffer);
  void Feed(std::string_view bytes);
  void DetectProtocol();
  void OnEnd();
  void WriteOutput();
  void OnWriteBlocked();
  void OnOutputDrained();
  size_t BytesTaken();
  bool IsOverdue(Clock::time_point now);
  void FinishIfDone();
  void StartLingeringClose();
  // How much may be read now.
  size_t InputMax() const {
    return linger_deadline_ != kNever || !session_ ? kAnyInput : session_->input_max();
  }
  void WaitForSocket();
  void WaitReadable();
  void WaitWritable();
  void OnTimer();
  void Abort();
  void CloseOnStrand();

  const Strand strand_;
  TcpSocket socket_;
  const std::shared_ptr<const PortContext> context_;
  std::unique_ptr<ByteStream> stream_;
  std::function<void(Connection*)> on_closed_;
  std::string peer_;
  const std::shared_ptr<ConnectionMemory> memory_;
  Timer timer_;

  std::shared_ptr<Session> session_;  // null until the protocol is known
  std::string first_bytes_;           // until then
  OutputQueue output_;
  Clock::time_point timer_at_ = kNever;
  Clock::time_point detect_deadline_ = kNever;
  LeastRate write_rate_;      // runs while the socket takes no more
  size_t written_bytes_ = 0;  // since the connection began
  size_t blocked_bytes_ = 0;  // of output_, counted as unread answers
  Clock::time_point linger_deadline_ = kNever;
  bool busy_ = false;  // within a call of the session: Flush waits for its end
  bool read_waiting_ = false;
  bool write_waiting_ = false;
  bool want_write_ = false;  // the stream cannot go on before the socket is writable
  bool more_input_ = false;  // reading stopped for fairness, not for lack of input
  bool end_seen_ = false;
  bool draining_ = false;
  bool closed_ = false;
};

}  // namespace vivace
