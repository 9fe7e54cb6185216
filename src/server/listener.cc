#include "server/listener.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include "base/log.h"

namespace vivace {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int kBacklog = 4096;
// After an accept that failed for lack of descriptors or memory.
constexpr std::chrono::milliseconds kAcceptRetry{100};

// "listen tcp ADDRESS: ..." as Go says it.
std::string Place(const ListenOptions& options) {
  const bool v6 = options.address.contains(':');
  const std::string host = v6 ? "[" + options.address + "]" : options.address;
  return "listen tcp " + host + ":" + std::to_string(options.port);
}

std::string LowerFirst(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + ('a' - 'A'));
  return text;
}

// A name means its first IPv4 address, as in Go; no name means all interfaces, IPv4 and IPv6.
Result<tcp::endpoint> Resolve(asio::io_context& io, const ListenOptions& options) {
  if (options.address.empty()) return tcp::endpoint(tcp::v6(), options.port);
  boost::system::error_code error;
  const auto literal = asio::ip::make_address(options.address, error);
  if (!error) return tcp::endpoint(literal, options.port);
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(options.address, std::to_string(options.port), error);
  if (error || found.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "listen tcp: lookup " + options.address + ": no such host");
  }
  for (const auto& entry : found) {
    if (entry.endpoint().address().is_v4()) return entry.endpoint();
  }
  return found.begin()->endpoint();
}

}  // namespace

Listener::Listener(std::shared_ptr<const PortContext> context, std::optional<TlsContext> tls)
    : context_(std::move(context)), tls_(std::move(tls)), strand_(asio::make_strand(*context_->io)), acceptor_(strand_), retry_(strand_) {}

Result<std::shared_ptr<Listener>> Listener::Bind(std::shared_ptr<const PortContext> context) {
  std::optional<TlsContext> tls;
  if (context->options.tls) {
    VIVACE_ASSIGN(tls, TlsContext::Load(*context->options.tls));
  }
  const std::shared_ptr<Listener> listener(new Listener(std::move(context), std::move(tls)));
  VIVACE_TRY(listener->Open());
  return listener;
}

Status Listener::Open() {
  VIVACE_ASSIGN(auto endpoint, Resolve(*context_->io, context_->options));
  const std::string place = Place(context_->options);
  const auto fail = [&](std::string_view step, const boost::system::error_code& error) {
    return Fail(ErrorCode::kUnavailable, place + ": " + std::string(step) + ": " + LowerFirst(error.message()));
  };
  boost::system::error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (error && context_->options.address.empty()) {
    // A machine without IPv6.
    endpoint = tcp::endpoint(tcp::v4(), context_->options.port);
    acceptor_.open(endpoint.protocol(), error);
  }
  if (error) return fail("socket", error);
  acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (context_->options.address.empty() && endpoint.protocol() == tcp::v6()) acceptor_.set_option(asio::ip::v6_only(false), error);
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
  acceptor_.async_accept(asio::make_strand(*context_->io), [self = shared_from_this()](boost::system::error_code error, TcpSocket socket) {
    self->OnAccept(error, std::move(socket));
  });
}

void Listener::OnAccept(boost::system::error_code error, TcpSocket socket) {
  if (error == asio::error::operation_aborted) return;
  if (error) {
    LogWarn("cannot accept a connection", {{"listener", Place(context_->options)}, {"error", error.message()}});
    return RetryLater();
  }
  const auto connection = std::make_shared<Connection>(
      std::move(socket), context_, tls_, [self = shared_from_this()](Connection* closed) { self->OnConnectionClosed(closed); });
  {
    const std::lock_guard lock(mutex_);
    if (draining_) return;
    connections_.emplace(connection.get(), connection);
  }
  connection->Start();
  AcceptNext();
}

void Listener::RetryLater() {
  retry_.expires_after(kAcceptRetry);
  retry_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error) self->AcceptNext();
  });
}

void Listener::OnConnectionClosed(Connection* connection) {
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
