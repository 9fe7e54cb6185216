// Listener: one bound port: accepts connections, knows those that are open, holds their number
// under the limit.
//
// Owned by Server; kept alive by its pending accept. Functions may be called from any thread.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/rate_limited_log.h"
#include "server/connection.h"

namespace vivace {

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  // Errors as of Server::Listen.
  static Result<std::shared_ptr<Listener>> Bind(std::shared_ptr<const PortContext> context);

  void Start();
  uint16_t port() const { return port_; }

  // No new connections; the open ones finish what they do.
  void Drain();
  void CloseAll();
  // Whether no connection is left at `deadline` or before.
  bool WaitUntilEmpty(Clock::time_point deadline);

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Strand>;
  using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Strand>;

  Listener(std::shared_ptr<const PortContext> context, std::optional<TlsFiles> tls);
  Status Open();
  void AcceptNext();
  void OnAccept(boost::system::error_code error, TcpSocket socket);
  void RetryLater();
  void OnConnectionClosed(Connection* connection);
  std::vector<std::shared_ptr<Connection>> Connections();

  const std::shared_ptr<const PortContext> context_;
  std::optional<TlsFiles> tls_;  // on the strand
  const Strand strand_;
  Acceptor acceptor_;
  Timer retry_;
  RateLimitedLog refusals_{"connections are refused", "connections"};
  RateLimitedLog handshake_failures_{"TLS handshakes failed", "connections"};
  uint16_t port_ = 0;
  bool paused_ = false;  // at the limit of connections; on the strand

  std::mutex mutex_;
  std::condition_variable empty_;
  std::unordered_map<Connection*, std::weak_ptr<Connection>> connections_;  // guarded by mutex_
  bool draining_ = false;                                                   // guarded by mutex_
};

}  // namespace vivace
