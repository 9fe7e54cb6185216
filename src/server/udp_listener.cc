#include "server/udp_listener.h"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include "base/log.h"
#include "server/transport/bind_address.h"

namespace vivace {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;

// Datagrams read in a row before others of the thread get their turn.
constexpr int kDatagramsPerTurn = 64;

}  // namespace

UdpListener::UdpListener(std::shared_ptr<asio::io_context> io, UdpOptions options,
                         DatagramHandler handler)
    : io_(std::move(io)),
      options_(std::move(options)),
      handler_(std::move(handler)),
      strand_(asio::make_strand(*io_)),
      socket_(strand_),
      buffer_(options_.datagram_bytes_max + 1, '\0') {}

Result<std::shared_ptr<UdpListener>> UdpListener::Bind(std::shared_ptr<asio::io_context> io,
                                                       UdpOptions options,
                                                       DatagramHandler handler) {
  const std::shared_ptr<UdpListener> listener(
      new UdpListener(std::move(io), std::move(options), std::move(handler)));
  VIVACE_TRY(listener->Open());
  return listener;
}

Status UdpListener::Open() {
  udp::endpoint endpoint(udp::v6(), options_.port);
  if (!options_.address.empty()) {
    VIVACE_ASSIGN(const asio::ip::address address,
                  ResolveBindAddress(*io_, "udp", options_.address));
    endpoint = udp::endpoint(address, options_.port);
  }
  const auto fail = [&](std::string_view step, const boost::system::error_code& error) {
    return BindFailure("udp", options_.address, options_.port, step, error);
  };
  boost::system::error_code error;
  socket_.open(endpoint.protocol(), error);
  if (error && options_.address.empty()) {  // a machine without IPv6
    endpoint = udp::endpoint(udp::v4(), options_.port);
    socket_.open(endpoint.protocol(), error);
  }
  if (error) return fail("socket", error);
  if (options_.address.empty() && endpoint.protocol() == udp::v6())
    socket_.set_option(asio::ip::v6_only(false), error);
  socket_.set_option(
      asio::socket_base::receive_buffer_size(static_cast<int>(options_.socket_buffer_bytes)),
      error);
  socket_.bind(endpoint, error);
  if (error) return fail("bind", error);
  socket_.non_blocking(true, error);
  if (error) return fail("socket", error);
  port_ = socket_.local_endpoint(error).port();
  return {};
}

void UdpListener::Start() {
  asio::post(strand_, [self = shared_from_this()] { self->WaitReadable(); });
}

void UdpListener::Close() {
  asio::post(strand_, [self = shared_from_this()] {
    boost::system::error_code ignored;
    self->socket_.close(ignored);
  });
}

void UdpListener::WaitReadable() {
  if (!socket_.is_open()) return;
  socket_.async_wait(Socket::wait_read,
                     [self = shared_from_this()](boost::system::error_code error) {
                       if (error) return;
                       self->ReadAvailable();
                       asio::post(self->strand_, [self] { self->WaitReadable(); });
                     });
}

void UdpListener::ReadAvailable() {
  for (int i = 0; i < kDatagramsPerTurn; ++i) {
    boost::system::error_code error;
    const size_t size = socket_.receive(asio::buffer(buffer_), 0, error);
    if (error == asio::error::would_block) return;
    if (error) {
      LogWarn("cannot read from a UDP socket",
              {{"port", std::to_string(port_)}, {"err", error.message()}});
      return;
    }
    const bool is_truncated = size > options_.datagram_bytes_max;
    handler_(std::string_view(buffer_).substr(0, std::min(size, options_.datagram_bytes_max)),
             is_truncated);
  }
}

}  // namespace vivace
