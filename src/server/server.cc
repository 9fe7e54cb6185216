#include "server/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <csignal>
#include <limits>
#include <thread>
#include <vector>

#include "base/thread_name.h"
#include "server/listener.h"

namespace vivace {
namespace {

// How long closing sockets may take, which waits for nobody but our own handlers.
constexpr std::chrono::seconds kCloseTimeout{2};
constexpr size_t kAnyNumber = std::numeric_limits<size_t>::max();
// What a request is counted for beyond its body and head.
constexpr size_t kRequestSlackBytes = 64 << 10;

size_t ConnectionsMax(const ServerOptions& options) {
  if (options.connections_max > 0) return options.connections_max;
  rlimit descriptors{};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return kAnyNumber;
  return std::max<size_t>(1, descriptors.rlim_cur / 2);
}

void RefuseAll(const HttpRequest&, const HttpResponder& respond) {
  respond(HttpErrorResponse(415, "415 this port serves gRPC only"));
}

}  // namespace

struct Server::State {
  explicit State(const ServerOptions& options)
      : io(std::make_shared<boost::asio::io_context>()),
        work(io->get_executor()),
        memory{std::make_shared<MemoryShare>(options.request_bytes_max),
               std::make_shared<MemoryShare>(options.answer_bytes_max),
               std::make_shared<MemoryShare>(ConnectionsMax(options))},
        on_handshake_failure(options.on_handshake_failure) {}

  std::shared_ptr<boost::asio::io_context> io;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  const MemoryShares memory;
  const std::function<void()> on_handshake_failure;
  std::vector<std::shared_ptr<Listener>> listeners;
  std::vector<std::shared_ptr<UdpListener>> udp_listeners;
  std::vector<std::thread> threads;
};

Server::Server(const ServerOptions& options) : state_(std::make_unique<State>(options)) {
  std::signal(SIGPIPE, SIG_IGN);
  const size_t count =
      options.threads != 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  for (size_t i = 0; i < count; ++i) {
    state_->threads.emplace_back([io = state_->io] {
      NameThread("io");
      io->run();
    });
  }
}

Server::~Server() { Stop(std::chrono::milliseconds(0)); }

size_t Server::request_bytes() const { return state_->memory.requests->used(); }

size_t Server::answer_bytes() const { return state_->memory.answers->used(); }

Result<uint16_t> Server::Listen(const ListenOptions& options, HttpService http,
                                const GrpcService* grpc) {
  auto context = std::make_shared<PortContext>();
  context->options = options;
  // A connection must be able to hold the largest request that it may send.
  context->options.connection_body_bytes_max =
      std::max(options.connection_body_bytes_max,
               options.body_bytes_max + 4 * options.header_bytes_max + kRequestSlackBytes);
  context->options.connection_head_bytes_max =
      std::max(options.connection_head_bytes_max, 2 * options.header_bytes_max);
  context->http = std::move(http);
  if (!context->http.handle) context->http.handle = RefuseAll;
  context->grpc = grpc;
  context->memory = std::make_shared<PeerMemory>(state_->memory, context->options.connections_max);
  context->on_handshake_failure = state_->on_handshake_failure;
  context->io = state_->io;
  VIVACE_ASSIGN(auto listener, Listener::Bind(std::move(context)));
  listener->Start();
  state_->listeners.push_back(listener);
  return listener->port();
}

Result<uint16_t> Server::ListenUdp(UdpOptions options, DatagramHandler handler) {
  VIVACE_ASSIGN(auto listener,
                UdpListener::Bind(state_->io, std::move(options), std::move(handler)));
  listener->Start();
  state_->udp_listeners.push_back(listener);
  return listener->port();
}

void Server::Stop(std::chrono::milliseconds drain) {
  if (state_->threads.empty()) return;
  for (const auto& listener : state_->listeners) listener->Drain();
  for (const auto& listener : state_->udp_listeners) listener->Close();
  const auto deadline = Clock::now() + drain;
  for (const auto& listener : state_->listeners) {
    if (!listener->WaitUntilEmpty(deadline)) listener->CloseAll();
  }
  for (const auto& listener : state_->listeners)
    listener->WaitUntilEmpty(Clock::now() + kCloseTimeout);
  state_->listeners.clear();
  state_->udp_listeners.clear();
  state_->work.reset();
  state_->io->stop();
  for (auto& thread : state_->threads) thread.join();
  state_->threads.clear();
  // What was left pending owns connections that own the io_context: it has to run, not to be
  // dropped.
  state_->io->restart();
  state_->io->poll();
}

}  // namespace vivace
