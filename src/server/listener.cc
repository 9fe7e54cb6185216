#include "server/listener.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include "base/log.h"
#include "server/transport/bind_address.h"

namespace vivace {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int kBacklog = 4096;
// After an accept that failed for lack of descriptors or memory.
constexpr std::chrono::milliseconds kAcceptRetryDelay{100};

std::string_view NetworkName(ListenNetwork network) {
  if (network == ListenNetwork::kIpv4) return "tcp4";
  return network == ListenNetwork::kIpv6 ? "tcp6" : "tcp";
}

Result<tcp::endpoint> Resolve(asio::io_context& io, const ListenOptions& options) {
  if (options.address.empty()) {
    const bool only_ipv4 = options.network == ListenNetwork::kIpv4;
    return tcp::endpoint(only_ipv4 ? tcp::v4() : tcp::v6(), options.port);  // all interfaces
  }
  VIVACE_ASSIGN(const asio::ip::address address,
                ResolveBindAddress(io, NetworkName(options.network), options.address));
  return tcp::endpoint(address, options.port);
}

}  // namespace

Listener::Listener(std::shared_ptr<const PortContext> context, std::optional<TlsFiles> tls)
    : context_(std::move(context)),
      tls_(std::move(tls)),
      strand_(asio::make_strand(*context_->io)),
      acceptor_(strand_),
      retry_(strand_) {}

Result<std::shared_ptr<Listener>> Listener::Bind(std::shared_ptr<const PortContext> context) {
  std::optional<TlsFiles> tls;
  if (context->options.tls) {
    VIVACE_ASSIGN(tls, TlsFiles::Open(*context->options.tls));
  }
  const std::shared_ptr<Listener> listener(new Listener(std::move(context), std::move(tls)));
  VIVACE_TRY(listener->Open());
  return listener;
}

Status Listener::Open() {
  VIVACE_ASSIGN(auto endpoint, Resolve(*context_->io, context_->options));
  const auto fail = [&](std::string_view step, const boost::system::error_code& error) {
    return BindFailure(NetworkName(context_->options.network), context_->options.address,
                       context_->options.port, step, error);
  };
  boost::system::error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (error && context_->options.address.empty() &&
      context_->options.network == ListenNetwork::kAny) {
    // A machine without IPv6.
    endpoint = tcp::endpoint(tcp::v4(), context_->options.port);
    acceptor_.open(endpoint.protocol(), error);
  }
  if (error) return fail("socket", error);
  acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (context_->options.address.empty() && endpoint.protocol() == tcp::v6())
    acceptor_.set_option(asio::ip::v6_only(context_->options.network == ListenNetwork::kIpv6),
                         error);
  acceptor_.bind(endpoint, error);
  if (error) return fail("bind", error);
  acceptor_.listen(kBacklog, error);
  if (error) return fail("listen", error);
  port_ = acceptor_.local_endpoint(error).port();
  return {};
}

void Listener::Start() {
  asio::post(strand_, [self = shared_from_this()] { self->AcceptNext(); });
}

void Listener::AcceptNext() {
  {
    const std::lock_guard lock(mutex_);
    if (draining_) return;
    paused_ = connections_.size() >= context_->options.connections_max;
  }
  if (paused_) return;
  acceptor_.async_accept(
      asio::make_strand(*context_->io),
      [self = shared_from_this()](boost::system::error_code error, TcpSocket socket) {
        self->OnAccept(error, std::move(socket));
      });
}

void Listener::OnAccept(boost::system::error_code error, TcpSocket socket) {
  if (error == asio::error::operation_aborted) return;
  if (error) {
    LogWarn("cannot accept a connection",
            {{"port", std::to_string(port_)}, {"err", error.message()}});
    return RetryLater();
  }
  std::optional<TlsContext> tls;
  if (tls_) tls = tls_->Current();
  const auto connection = std::make_shared<Connection>(
      std::move(socket), context_, tls,
      [self = shared_from_this()](Connection* closed) { self->OnConnectionClosed(closed); });
  if (!connection->has_place()) {
    refusals_.Report(connection->peer(), "its share of the port's connections is taken");
    return AcceptNext();
  }
  {
    const std::lock_guard lock(mutex_);
    if (draining_) return;
    connections_.emplace(connection.get(), connection);
  }
  connection->Start();
  AcceptNext();
}

void Listener::RetryLater() {
  retry_.expires_after(kAcceptRetryDelay);
  retry_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error) self->AcceptNext();
  });
}

void Listener::OnConnectionClosed(Connection* connection) {
  if (const std::string why = connection->handshake_failure(); !why.empty()) {
    handshake_failures_.Report(connection->peer(), why);
    if (context_->on_handshake_failure) context_->on_handshake_failure();
  }
  {
    const std::lock_guard lock(mutex_);
    connections_.erase(connection);
    if (connections_.empty()) empty_.notify_all();
  }
  asio::post(strand_, [self = shared_from_this()] {
    if (self->paused_) self->AcceptNext();
  });
}

std::vector<std::shared_ptr<Connection>> Listener::Connections() {
  std::vector<std::shared_ptr<Connection>> open;
  const std::lock_guard lock(mutex_);
  for (const auto& [key, weak] : connections_) {
    if (auto connection = weak.lock()) open.push_back(std::move(connection));
  }
  return open;
}

void Listener::Drain() {
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
  }
  asio::post(strand_, [self = shared_from_this()] {
    boost::system::error_code ignored;
    self->retry_.cancel();
    self->acceptor_.close(ignored);
  });
  for (const auto& connection : Connections()) connection->Drain();
}

void Listener::CloseAll() {
  for (const auto& connection : Connections()) connection->Close();
}

bool Listener::WaitUntilEmpty(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return empty_.wait_until(lock, deadline, [this] { return connections_.empty(); });
}

}  // namespace vivace
