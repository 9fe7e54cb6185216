// UdpListener: one bound UDP port: hands every datagram to a handler.
//
// Owned by Server; kept alive by its pending wait. The handler runs on the server's threads, one
// call at a time per port: what comes meanwhile waits in the kernel's socket buffer, and is dropped
// beyond it, as usual with UDP.
#pragma once

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/strand.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vivace {

struct UdpOptions {
  std::string address;  // host name or IP; empty: all interfaces
  uint16_t port = 0;    // 0: any free one
  size_t datagram_bytes_max = 65'000;
  size_t socket_buffer_bytes = 4 << 20;  // asked for; the kernel may grant less
};

// `datagram` lives for the call. `is_truncated`: it was longer than allowed.
using DatagramHandler = std::function<void(std::string_view datagram, bool is_truncated)>;

class UdpListener : public std::enable_shared_from_this<UdpListener> {
 public:
  // Errors as of Server::Listen.
  static Result<std::shared_ptr<UdpListener>> Bind(std::shared_ptr<boost::asio::io_context> io,
                                                   UdpOptions options, DatagramHandler handler);

  void Start();
  void Close();
  uint16_t port() const { return port_; }

 private:
  using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;
  using Socket = boost::asio::basic_datagram_socket<boost::asio::ip::udp, Strand>;

  UdpListener(std::shared_ptr<boost::asio::io_context> io, UdpOptions options,
              DatagramHandler handler);
  Status Open();
  void WaitReadable();
  void ReadAvailable();

  const std::shared_ptr<boost::asio::io_context> io_;
  const UdpOptions options_;
  const DatagramHandler handler_;
  const Strand strand_;
  Socket socket_;
  std::string buffer_;
  uint16_t port_ = 0;
};

}  // namespace vivace
