// Session and its host: one connection's protocol (HTTP/1.1 or HTTP/2) behind the byte stream that
// Connection drives.
//
// The connection calls the session on its strand only: bytes in by OnBytes, bytes out by
// FillOutput. A session that has something to send at another moment (an answer from another
// thread) gets onto the strand through `SessionHost::strand` and then calls Flush.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "base/http.h"
#include "server/grpc/grpc_service.h"
#include "server/transport/connection_memory.h"
#include "server/transport/listen_options.h"
#include "server/transport/output_queue.h"

namespace vivace {

using Strand = ConnectionMemory::Executor;
using Clock = std::chrono::steady_clock;
constexpr Clock::time_point kNever = Clock::time_point::max();
// What input_max returns where there is no limit.
constexpr size_t kAnyInput = std::numeric_limits<size_t>::max();

// What all connections of one port share.
struct PortContext {
  ListenOptions options;
  HttpService http;                   // its handler is never empty
  const GrpcService* grpc = nullptr;  // null: gRPC requests go to `http`
  std::shared_ptr<PeerMemory> memory;
  std::function<void()> on_handshake_failure;  // of ServerOptions
  // Keeps strands valid for answers that arrive when the server is gone.
  std::shared_ptr<boost::asio::io_context> io;
};

class SessionHost {
 public:
  virtual ~SessionHost() = default;
  virtual const Strand& strand() const = 0;
  virtual const std::string& peer() const = 0;
  virtual const std::shared_ptr<ConnectionMemory>& memory() const = 0;
  // Of what FillOutput gave, what the socket has not taken yet.
  virtual size_t unsent_bytes() const = 0;
  // Sends what FillOutput gives; harmless from within a call of the session.
  virtual void Flush() = 0;
  // Asks for OnDeadline at `deadline` or soon after it.
  virtual void ArmDeadline(Clock::time_point deadline) = 0;
};

class Session {
 public:
  // About what FillOutput moves at most of answers that streams or sessions hold.
  static constexpr size_t kOutputBytes = 256 << 10;

  virtual ~Session() = default;
  virtual void OnBytes(std::string_view bytes) = 0;
  // The peer will send no more.
  virtual void OnEndOfInput() = 0;
  // Checks what is overdue; returns when to ask again.
  virtual Clock::time_point OnDeadline(Clock::time_point now) = 0;
  // Moves some output that is ready (not without bound) to `output`.
  virtual void FillOutput(OutputQueue& output) = 0;
  // No new requests; done() once those in progress are answered.
  virtual void Drain() = 0;
  // The connection is gone: cancels requests in progress. `host` must not be used afterwards.
  virtual void OnClosed() = 0;
  // How many bytes OnBytes may be given now.
  virtual size_t input_max() const = 0;
  // Nothing more to come: close once the output is sent.
  virtual bool done() const = 0;
};

}  // namespace vivace
