// Server: the listeners of the process and the threads that serve them: HTTP/1.1, HTTP/2 and gRPC,
// distinguished by a connection's first bytes, with or without TLS.
//
// Built by main, Listen once a port, Stop once. Listen and Stop: one thread at a time. Handlers run
// on the server's threads, several at once; one that computes or waits for long must hand over to
// its own threads and answer from there. An idle connection costs about 15 KiB.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/http.h"
#include "base/result.h"
#include "server/grpc/grpc_service.h"
#include "server/transport/listen_options.h"
#include "server/udp_listener.h"

namespace vivace {

struct ServerOptions {
  size_t threads = 0;  // 0: one per processor
  size_t request_bytes_max = 256ull
                             << 20;        // requests of all connections, received or being handled
  size_t answer_bytes_max = 256ull << 20;  // answers of all connections that are not read yet
  // Of all TCP ports; 0: half of the process's descriptors, for the others are needed for files.
  size_t connections_max = 0;
  std::function<void()> on_handshake_failure;  // a TLS handshake failed; any thread; may be empty
};

class Server {
 public:
  // Ignores SIGPIPE for the process: OpenSSL writes to sockets that may be gone.
  explicit Server(const ServerOptions& options = {});
  // Stops without draining.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Serves from now on and returns the port. `http` gets every request that is not gRPC, and where
  // `grpc` is null those too; its handler may be empty on ports for gRPC alone (415). `grpc` must
  // outlive the server. Errors: UNAVAILABLE `listen tcp ADDRESS: bind: address already in use`,
  // INVALID_ARGUMENT for an address, certificate or key that cannot be used.
  Result<uint16_t> Listen(const ListenOptions& options, HttpService http,
                          const GrpcService* grpc = nullptr);
  // Lets every request in.
  Result<uint16_t> Listen(const ListenOptions& options, HttpHandler http,
                          const GrpcService* grpc = nullptr) {
    return Listen(options, HttpService{.judge = nullptr, .handle = std::move(http)}, grpc);
  }

  // What requests and unread answers hold at the moment.
  size_t request_bytes() const;
  size_t answer_bytes() const;

  // The same for a UDP port.
  Result<uint16_t> ListenUdp(UdpOptions options, DatagramHandler handler);

  // No new connections or requests; waits up to `drain` for those in progress, then cuts them off.
  // Returns when all threads have ended, so a handler that never returns holds it up.
  void Stop(std::chrono::milliseconds drain);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vivace
